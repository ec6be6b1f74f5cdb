/* Search as people paste: an entry whose heading is in the query, or has all its words, comes first; numbers and sizes
   do not count; and where no page has all words, pages with most of them are shown. Sphinx's own search asks for all. */
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const all = Search._performSearch;
  const stemmer = new Stemmer();
  const wordsOf = (text) =>
    splitQuery(text.toLowerCase())
      .filter((word) => !/^\d/.test(word) && !stopwords.includes(word))
      .map((word) => stemmer.stemWord(word));

  /* A person says "my model always …", a heading does not. */
  const spoken = new Set(["alwai", "error", "lstm", "model", "my", "network", "pytorch", "rnn", "train"]);
  const scoreOf = (message, terms) => {
    const words = [...new Set(wordsOf(message))];
    const matched = words.filter((word) => terms.has(word)).length;
    const asked = [...terms].filter((word) => !spoken.has(word) || words.includes(word)).length;
    const share = matched / words.length;
    const all = matched > 0 && matched === asked && (matched > 1 || share === 1);
    return all || (matched > 1 && share === 1) || (matched > 2 && share >= 0.75) ? matched * share : 0;
  };

  /* Headings of which three quarters of the words are asked for, at least three, or which have all words that are, at
     least two, or all of whose words are asked for; the last is the best. One with several messages, between dots,
     counts by its best. */
  const headings = (terms) => {
    const { alltitles, titles, docnames, filenames } = Search._index;
    const found = [];
    for (const [title, places] of Object.entries(alltitles)) {
      const score = Math.max(...title.split(" · ").map((message) => scoreOf(message, terms)));
      if (score === 0) continue;
      for (const [file, id] of places) {
        const name = titles[file] === title ? title : `${titles[file]} > ${title}`;
        found.push([docnames[file], name, id ? `#${id}` : "", null, score, filenames[file]]);
      }
    }
    return found.sort((one, two) => one[4] - two[4]);
  };

  /* Pages with any of the words; those with most of them last. */
  const any = (terms, excluded) => {
    const pages = new Map();
    for (const term of terms) {
      for (const result of Search.performTermsSearch(new Set([term]), excluded)) {
        const [page, words, score] = pages.get(result[0]) ?? [result, 0, 0];
        pages.set(result[0], [page, words + 1, score + result[4]]);
      }
    }
    const order = (one, two) => one[1] - two[1] || one[2] - two[2];
    return [...pages.values()].sort(order).map(([page]) => page);
  };

  Search._performSearch = (query, terms, excluded, ...rest) => {
    const asked = new Set([...terms].filter((word) => !/^\d/.test(word)));
    if (asked.size === 0) return all(query, terms, excluded, ...rest);
    let found = all(query, asked, excluded, ...rest);
    if (found.length === 0) found = any(asked, excluded);
    const first = headings(asked);
    const same = (one, two) => one[0] === two[0] && one[2] === two[2];
    return [...found.filter((result) => !first.some((heading) => same(result, heading))), ...first];
  };
});
