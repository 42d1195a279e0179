/** A sentence for whoever asked, in both of the product's languages. */

/** The languages in which people are told why. */
export type Language = "en" | "fr";

/** One sentence, without its final stop. */
export type Phrase = Readonly<Record<Language, string>>;
