/** Figures to publish, and views to embed. */

import { fixed, shape } from '../../page/format.js';
import { after } from './particles.js';

/** @typedef {{ network: string, weights: string, photo: string }} Of */

/** @param {Of} of */
const network = ({ network, weights }) => `“${weights}” 가중치를 쓴 ${network}`;
/** @param {Of} of */
const given = (of) => `${network(of)}에 ${after(of.photo, '을/를')} 입력했을 때`;

export default {
  publish: {
    button: '그림 만들기',
    title: '발표용 그림 만들기',
    preview: '미리 보기',
    settings: '그림에 넣을 내용',
    layout: '구성',
    layouts: {
      lanes: '분기를 나란히',
      grid: '분기를 위아래로',
      overlay: '사진 위에 채널 하나',
      together: '사진, 맵, 예측',
      prediction: '사진과 예측',
      network: '네트워크의 모든 모듈',
      why: '열려 있는 설명',
    },
    module: '모듈',
    branches: '분기',
    output: '출력',
    steps: '분기의 모든 단계',
    most: '분기당 맵 수',
    order: '고르는 기준',
    orders: {
      mean: '평균이 큰 순',
      max: '최댓값이 큰 순',
      zeros: '0이 많은 순',
      channel: '채널 번호순',
      hand: '직접 고르기',
    },
    /** @param {string} node @param {number} channels */
    handOf: (node, channels) => `${node}의 채널, 0–${channels - 1}`,
    node: '노드',
    channel: '채널',
    colours: '색상 척도',
    bar: '색상 척도 표시',
    photo: '사진과 예측 표시',
    heading: '제목',
    caption: '설명',
    automatic: '제목과 설명 다시 쓰기',
    theme: '배경',
    themes: { light: '밝게', dark: '어둡게' },
    width: '너비(cm)',
    dpi: '해상도(dpi)',
    /** @param {number} width @param {number} height centimetres @param {number} columns @param {number} rows pixels */
    size: (width, height, columns, rows) =>
      `${fixed(width, 1)} × ${fixed(height, 1)} cm, ${shape([columns, rows])}픽셀`,
    /** @param {number} shown @param {number} all */
    counted: (shown, all) => `맵 ${all}개 중 ${shown}개`,
    needsRun: '사진을 먼저 실행해야 그림을 만들 수 있습니다.',
    tooLarge: '브라우저가 다루기에는 너무 큽니다. 너비나 해상도, 맵 수를 줄이세요.',
    save: { png: 'PNG 저장', svg: 'SVG 저장', csv: '값 저장(CSV)' },
    copy: '이미지 복사',
    copied: '복사했습니다. 글에 붙여 넣으세요.',
    notCopied: '브라우저가 복사를 허용하지 않았습니다. PNG로 저장하세요.',
    link: '이 그림의 링크 복사',
    untrained: '예측(무작위 가중치)',
    /** The widest share that there is. */
    widest: '>99.9%',
    ownScales: { op: '색상 척도는 분기마다 다르며, 아주 큰 값은 잘립니다.', map: '색상 척도는 맵마다 다릅니다.' },
    ownPhoto: '직접 고른 사진',
    /** @param {string} name */
    sample: (name) => `“${name}” 사진`,
    /** @param {string} host */
    photoFrom: (host) => `${host}의 사진`,
    /** @param {string} credit */
    credit: (credit) => `${credit}.`,
    /** @param {string} network @param {string} part */
    titleOf: (network, part) => `${network}: ${part}`,
    captions: {
      /** @param {Of} of @param {string} module @param {string} order */
      module: (of, module, order) => `${given(of)} ${module}의 특징 맵(feature map)${order}.`,
      orders: {
        /** @param {number} n */
        mean: (n) => `. 분기마다 평균이 가장 큰 채널 ${n}개`,
        /** @param {number} n */
        max: (n) => `. 분기마다 최댓값이 가장 큰 채널 ${n}개`,
        /** @param {number} n */
        zeros: (n) => `. 분기마다 0이 가장 많은 채널 ${n}개`,
        /** @param {number} n */
        channel: (n) => `. 분기마다 앞의 채널 ${n}개`,
        /** @param {number} n */
        hand: (n) => `. 분기마다 직접 고른 채널(최대 ${n}개)`,
      },
      /** @param {Of} of @param {string} channel @param {number[]} size */
      channel: (of, channel, size) => `${given(of)} ${channel}(값 ${shape(size.slice(1))}개).`,
      /** @param {Of} of */
      network: (of) => `${given(of)} 모듈별 평균 맵. 색상 척도는 맵마다 다르다.`,
      /** @param {Of} of */
      prediction: (of) => `${given(of)} 얻은 예측.`,
      /** @param {Of} of @param {string} method @param {string} name */
      why: (of, method, name) => `${given(of)} “${name}”의 ${method}.`,
      /** @param {string} changes */
      changed: (changes) => `네트워크에 적용한 변경: ${changes}.`,
      untrained: '가중치가 무작위이므로 맵과 예측에는 의미가 없다.',
    },
  },
  embed: {
    title: '글에 삽입하기',
    about: '블로그나 웹 페이지에 붙여 넣으세요. 그림은 화면에 보일 때 읽는 사람의 브라우저에서 계산됩니다.',
    ownPhoto: '내 사진은 들어가지 않습니다. 다른 사람도 보려면 사진을 URL로 불러오세요. 여기에는 예제 사진을 씁니다.',
    ownWeights: '내 가중치는 들어가지 않습니다. 다른 사람도 보려면 가중치를 URL로 여세요.',
    frame: 'iframe으로 복사',
    element: '요소로 복사',
    code: 'HTML',
    copied: 'HTML을 복사했습니다.',
    byHand: '브라우저가 복사를 허용하지 않았습니다. HTML이 선택되어 있으니 Ctrl+C 또는 ⌘C를 누르세요.',
    waiting: '화면에 보이면 불러옵니다.',
    loading: '네트워크를 불러오는 중…',
    /** @param {string} size */
    progress: (size) => `네트워크를 불러오는 중: ${size}`,
    running: '사진을 실행하는 중…',
    open: 'Inceptionscope에서 열기',
    noPhoto: '누구나 불러올 수 있는 사진이 지정되지 않았습니다.',
    /** @param {string} photo */
    photoFailed: (photo) => `사진을 불러오지 못했습니다: ${photo}`,
  },
};
