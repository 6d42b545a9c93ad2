/**
 * Replaces the characters that embed or force a direction of writing. They let a text look different from what it says,
 * such as `04` for `40`. Arabic and Hebrew are written correctly without them. The text keeps its length, so that
 * positions in it stay correct.
 */
export function withoutOverrides(text: string): string {
  return text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "\u200b");
}
