/**
 * Whether Redis does what decisions need: on each of its masters a probe writes a key, as an
 * exchange would, and takes it away again; where instances are counted they are counted as well.
 *
 * Used by the Redis store, for one connection after the other.
 *
 * A cluster is there as long as one master does what is needed. A beat waits for all of them but
 * those that owe an answer to an earlier one: else one that is frozen would be taken for all.
 */
import calculateSlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-client.ts';
import { instancesName, probeName } from './redis-names.ts';

const SLOTS = 16_384;
/** Of a server that is not one of many. */
const ALONE = 'it';

export interface Scripts {
  readonly heartbeat: (name: string) => Promise<number>;
  readonly probe: (name: string) => Promise<unknown>;
}

export interface Health {
  /** Null where nobody can count them now. */
  readonly instances: number | null;
  /** The part of all keys whose master does what is needed: above 0, at most 1. */
  readonly usable: number;
  /** What is wrong with the others, by master. */
  readonly faults: ReadonlyMap<string, string>;
}

interface Master {
  readonly name: string;
  readonly probe: string;
  /** The part of all keys that is there. */
  readonly part: number;
  readonly countsInstances: boolean;
}

export class RedisHealth {
  readonly #prefix: string;
  /** Masters that have not answered yet what they were asked, by how often. */
  readonly #owing = new Map<string, number>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Rejects where no master does what is needed. */
  async beat(client: RedisClient, scripts: Scripts): Promise<Health> {
    const masters = client instanceof Cluster ? this.#mastersOf(client) : [this.#alone()];
    const late = new Set(this.#owing.keys());
    const faults = new Map(masters.map(({ name }) => [name, 'it does not answer']));
    let instances: number | null = null;
    const asked = masters.map(async (master) => {
      this.#owe(master.name, 1);
      try {
        const counting = master.countsInstances
          ? scripts.heartbeat(instancesName(this.#prefix))
          : Promise.resolve(null);
        const [count] = await Promise.all([counting, scripts.probe(master.probe)]);
        if (count !== null) instances = count;
        faults.delete(master.name);
      } catch (error) {
        faults.set(master.name, (error as Error).message);
      } finally {
        this.#owe(master.name, -1);
      }
    });
    const waited = asked.filter((_, i) => !late.has(masters[i]?.name ?? ''));
    await (waited.length > 0 ? Promise.all(waited) : Promise.race(asked));

    const usable = masters
      .filter(({ name }) => !faults.has(name))
      .reduce((sum, { part }) => sum + part, 0);
    if (usable === 0) throw new Error([...faults.values()][0] ?? 'nobody has any key');
    return { instances, usable, faults: new Map(faults) };
  }

  #owe(name: string, more: number): void {
    const count = (this.#owing.get(name) ?? 0) + more;
    if (count === 0) this.#owing.delete(name);
    else this.#owing.set(name, count);
  }

  #alone(): Master {
    return { name: ALONE, probe: probeName(this.#prefix, 0), part: 1, countsInstances: true };
  }

  /** Those that have slots, as the client knows it. */
  #mastersOf({ slots }: Cluster): readonly Master[] {
    const counts = new Map<string, number>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const name = slots[slot]?.[0];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const counter = slots[calculateSlot(instancesName(this.#prefix))]?.[0];
    const probes = new Map<string, string>();
    // A master may have few slots, or none that any of the first names lies in.
    for (let number = 0; probes.size < counts.size && number < 4 * SLOTS; number++) {
      const probe = probeName(this.#prefix, number);
      const name = slots[calculateSlot(probe)]?.[0];
      if (name !== undefined && !probes.has(name)) probes.set(name, probe);
    }
    return [...probes].map(([name, probe]) => ({
      name,
      probe,
      part: (counts.get(name) ?? 0) / SLOTS,
      countsInstances: name === counter,
    }));
  }
}
