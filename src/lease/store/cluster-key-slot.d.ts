/** The one function of that package: which of a cluster's 16,384 slots a key lies in. */
declare module 'cluster-key-slot' {
  function calculateSlot(key: string): number;
  export = calculateSlot;
}
