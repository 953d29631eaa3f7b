/** Control characters with C1, format characters such as marks that turn the writing direction, line ends, half characters. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const short: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** `text` in which every character that a reader cannot see, or that moves others about, is written as JSON would escape it. */
export function escapeText(text: string): string {
  return text.replace(hidden, (character) => short.get(character) ?? escapeUnits(character));
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let at = 0; at < character.length; at++) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}

/** `text` in quotes, escaped. */
export function quoteText(text: string): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&"))}"`;
}

/** At most `charactersMax` characters of `text`, and how many more there are. */
export function shortenText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax)}… (${text.length - charactersMax} more)`;
}
