/** What a link would load from other sites. */

export default {
  consent: {
    title: '다른 사이트에서 파일을 불러올까요?',
    about: '이 링크에는 이 사이트에 없는 파일이 들어 있습니다. 동의하기 전에는 아무것도 불러오지 않습니다. 불러오면 해당 사이트에 IP 주소가 전달됩니다.',
    /** @param {string} host */
    photo: (host) => `${host}의 사진`,
    /** @param {string} name @param {string} host @param {string} size */
    weights: (name, host, size) => `${host}의 가중치: ${name}, ${size}`,
    unknown: '크기를 알 수 없음',
    load: '불러오기',
    without: '불러오지 않고 열기',
    /** In a frame, on one button. @param {string} hosts */
    from: (hosts) => `${hosts}에서 불러오기`,
  },
};
