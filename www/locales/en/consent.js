/** What a link would load from other sites. */

export default {
  consent: {
    title: 'Load files from other sites?',
    about:
      'This link names files that are not on this site. Nothing is loaded from there until you agree. The sites will see your IP address.',
    /** @param {string} host */
    photo: (host) => `A photo from ${host}`,
    /** @param {string} name @param {string} host @param {string} size */
    weights: (name, host, size) => `Weights from ${host}: ${name}, ${size}`,
    unknown: 'size unknown',
    load: 'Load them',
    without: 'Open without them',
    /** In a frame, on one button. @param {string} hosts */
    from: (hosts) => `Load from ${hosts}`,
  },
};
