/** Does something again and again, while the page can be seen. */

/**
 * The next time begins when the last has ended.
 *
 * @param {number} ms
 * @param {() => Promise<void>} act
 */
export async function every(ms, act) {
  for (;;) {
    if (document.visibilityState !== 'hidden') await act();
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
