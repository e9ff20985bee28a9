/** The photo and what the network makes of it. */

import { fixed, percent } from '../../page/format.js';
import { after } from './particles.js';

/** A change of a share, with its sign. @param {number} x */
function change(x) {
  if (Math.abs(x) < 0.0005) return '변화 없음';
  return `${x > 0 ? '+' : '−'}${fixed(100 * Math.abs(x), 1)}%p`;
}

export default {
  photo: {
    title: '사진',
    samples: '예제 사진',
    names: { dandelion: '민들레', dahlia: '달리아', cat: '고양이', coffee: '커피', pagoda: '탑' },
    unknown: '흐린 사진: 이 네트워크에 없는 클래스',
    /** @param {string} name */
    unknownOf: (name) => `${name}: 이 네트워크에 없는 클래스`,
    credits: {
      dandelion: '사진: Clemens Engelhardt, CC0',
      dahlia: '사진: vultilion, CC BY 2.0',
      cat: '사진: Stefan van der Walt, CC0',
      coffee: '사진: Rachel Michetti, CC0',
      pagoda: '사진: danielbuechele, CC BY 2.0',
    },
    sources: '출처와 라이선스',
    own: '직접 올린 사진입니다. 이 브라우저에만 보관하며, ‘저장된 파일’에서 삭제할 수 있습니다.',
    choose: '사진 선택',
    dropHint: '끌어다 놓거나 붙여 넣어도 됩니다',
    dropHere: '사진, 가중치 파일(.safetensors, .pth), 클래스 이름(.txt, .json)을 놓으세요',
    /**
     * @param {number[]} size rows and columns of the input
     * @param {number[]} [from] rows and columns of the photo, if it is enlarged
     */
    seen([rows, columns], from) {
      const seen = `네트워크가 보는 영역: ${columns} × ${rows}픽셀`;
      return from ? `${seen} (${Math.round(from[1])} × ${Math.round(from[0])}에서 확대)` : seen;
    },
    none: '아직 사진이 없습니다',
    /** @param {string} type */
    notAPhoto: (type) =>
      `사진이 아닙니다(${type || '알 수 없는 형식'}). JPEG, PNG 또는 WebP 이미지를 선택하세요.`,
    /** @param {string} name */
    notHere: (name) =>
      `${after(name, '은/는')} 사진이 아닙니다. 여기에는 JPEG, PNG 또는 WebP 이미지를 선택하세요. 가중치나 클래스 이름은 ` +
      '‘가중치’의 ‘내 파일 또는 클래스 이름…’으로 열거나 페이지 아무 곳에나 끌어다 놓으세요.',
    noFile: '끌어다 놓거나 붙여 넣은 것에 파일이 없습니다. ‘사진 선택’을 사용하세요.',
    sampleFailed: '예제 사진을 불러오지 못했습니다. 연결을 확인하고 다시 시도하세요.',
  },
  photoUrl: {
    summary: 'URL로 사진 열기',
    label: '사진의 URL',
    hint: '호스트가 다른 사이트에서 파일을 읽도록 허용해야 합니다.',
    load: '불러오기',
    /** @param {string} host */
    from: (host) => `사진 출처: ${host}`,
    /** @param {string} text */
    bad: (text) => `${after(`“${text}”`, '은/는')} 사진의 URL이 아닙니다. https://로 시작하는 URL을 입력하세요.`,
    /** @param {string} host */
    unreachable: (host) =>
      `${host}에서 사진을 읽지 못했습니다. 인터넷에 연결되어 있지 않거나, 호스트가 다른 사이트의 접근을 막고 있습니다(CORS). ` +
      '사진을 저장한 뒤 파일로 선택하세요.',
    /** @param {string} host @param {number} status */
    refused: (host, status) => `${host}에서 사진 대신 ${status} 응답을 보냈습니다. URL을 확인하세요.`,
  },

  camera: {
    start: '카메라',
    stop: '카메라 끄기',
    /** @param {number} ms */
    live: (ms) => `카메라: 초당 ${fixed(1000 / ms, ms > 500 ? 1 : 0)}프레임`,
    refused: '카메라가 차단되어 있습니다. 브라우저 주소창에서 이 페이지에 카메라를 허용한 뒤 다시 시도하세요.',
    none: '카메라를 찾지 못했습니다. 카메라를 연결하거나 사진을 선택하세요.',
    busy: '다른 프로그램이 카메라를 쓰고 있습니다. 그 프로그램을 닫고 다시 시도하세요.',
    insecure: '카메라를 쓰려면 HTTPS가 필요합니다. 페이지를 HTTPS로 열거나 사진을 선택하세요.',
    /** @param {string} why */
    failed: (why) => `카메라를 시작하지 못했습니다(${why}). 대신 사진을 선택하세요.`,
  },

  crop: {
    frame: '사진에서 네트워크가 보는 부분',
    hint: '드래그하면 움직이고, 두 손가락이나 Ctrl+스크롤로 확대합니다. 방향키와 +, − 키도 쓸 수 있으며 0 키로 되돌립니다.',
    tools: '자르기',
    closer: '확대',
    wider: '축소',
    reset: '자르기 되돌리기',
    /** @param {number} x @param {number} y @param {number} size */
    told: (x, y, size) =>
      `${Math.round(x)}열 ${Math.round(y)}행부터 ${Math.round(size)} × ${Math.round(size)}픽셀`,
  },

  asked: {
    /** @param {string} name */
    title: (name) => `이 링크에는 사진${name ? `(${name})` : ''}이 들어 있지 않습니다.`,
    same: '같은 화면을 보려면 그 사진을 선택하세요.',
    /** @param {string} label */
    module: (label) => `그 사진을 선택하면 ${after(label, '을/를')} 엽니다.`,
    /** @param {string} node @param {string} channel @param {number[] | null} at row and column */
    channel: (node, channel, at) =>
      `그 사진을 선택하면 ${node}의 ${channel}번 채널${at ? `(${at[0]}행 ${at[1]}열)` : ''}을 엽니다.`,
    waiting: '사진을 선택하면 특징 맵이 나타납니다.',
  },

  predictions: {
    title: '예측',
    none: '사진을 실행하면 예측이 나타납니다.',
    /** @param {string} name @param {number} p */
    first: (name, p) => `가장 유력한 클래스: ${name}, ${percent(p)}`,
    unnamed:
      '이 가중치에는 클래스 이름이 없습니다. ‘class 12’는 0부터 센 12번 출력입니다. 이름을 붙이려면 ‘가중치’의 ‘내 파일 또는 ' +
      '클래스 이름…’을 사용하세요.',
    /** @param {string} name @param {number} p */
    of: (name, p) => `${name}: ${percent(p)}`,
    heads: '보조 분류기(auxiliary classifier): 학습할 때만 사용',
    main: '주 분류기',
    headless: '이 가중치에는 분류기가 없어 예측이 없습니다. 나머지는 모두 볼 수 있습니다.',
    /** @param {string} name @param {number} p @param {number} before without the changes */
    compared: (name, p, before) => `${name}: ${percent(p)}, 변경 전 ${percent(before)}`,
    /** @param {number} x */
    change: (x) => `${x < 0 ? '−' : '+'}${fixed(100 * Math.abs(x), 1)}%p`,
    changedBy: change,
    before: '변경 전',
    now: '현재',
  },

  changes: {
    title: '변경 사항',
    mute: '끄기',
    /** @param {string} branch */
    muteOf: (branch) => `${branch} 분기 끄기`,
    muteChannel: '채널 끄기',
    unmuteChannel: '채널 켜기',
    keep: '이것만',
    /** @param {string} branch */
    keepOf: (branch) => `${branch} 분기만 남기기`,
    keepChannel: '이 채널만 남기기',
    /** @param {string} change */
    factorOf: (change) => `배율: ${change}`,
    undoAll: '모두 되돌리기',
    /** @param {string} change */
    undo: (change) => `되돌리기: ${change}`,
    /** What is changed. @param {import('../../inceptionscope.js').Intervention} change */
    of(change) {
      if (change.kind === 'residual_scale') return `${change.block}: 잔차 배율 ${fixed(change.factor, 2)}`;
      if (change.kind === 'replaced') return `${change.node}: 값 교체`;
      const what = change.factor === 0 ? '끔' : `× ${fixed(change.factor, 2)}`;
      const { channels } = change;
      if (channels.length === 0) return `${change.node}: ${what}`;
      if (channels.length > 6) return `${change.node}: 채널 ${channels.length}개 ${what}`;
      return `${change.node}: 채널 ${channels.join(', ')} ${what}`;
    },
  },

  follow: {
    label: '클래스 하나의 확률 추적',
    hint: '클래스 이름',
    /** @param {string} name */
    of: (name) => `${name} 추적`,
    /** @param {string} name */
    none: (name) => `“${name}” 클래스는 없습니다.`,
    first: '다음 실행부터 변화를 표시합니다.',
    /** @param {number} x */
    change: (x) => `지난 실행보다 ${change(x)}`,
    /** @param {string} name @param {number[]} values */
    history(name, values) {
      const runs = values.length === 1 ? '마지막 실행' : `최근 ${values.length}회 실행`;
      return `${name}, ${runs}: ${values.slice(-8).map(percent).join(', ')}`;
    },
    stop: '중지',
    /** @param {string} name */
    stopOf: (name) => `${name} 추적 중지`,
  },
};
