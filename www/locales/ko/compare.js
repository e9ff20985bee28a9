/** 나란히 놓은 두 사진, 또는 두 네트워크. */

import { fixed, percent, shape, value } from '../../page/format.js';
import { after } from './particles.js';

export default {
  compare: {
    title: '비교',
    with: '비교 대상',
    nothing: '선택…',
    stop: '비교 끝내기',
    beforeAndAfter: '변경 전후 비교',
    groups: { whatIf: '만약에', photo: '다른 사진', weights: '다른 가중치' },
    choices: {
      unchanged: '변경하지 않은 네트워크',
      scale: '잔차 배율 없이: 모든 블록에서 1',
      ownPhoto: '내 사진…',
      ownWeights: '내 가중치 파일…',
    },
    /** Variants of networks, by id; the standard network has none. */
    variants: {
      '': '표준 네트워크',
      published: '논문 그대로: 5×5는 실제로 5×5, 배치 정규화 없음',
      naive: '1×1 축소 없음 (naive)',
      '5h': 'Lucid 버전 (5h)',
      'no-bn': '배치 정규화 없음',
      nsfwjs: 'nsfwjs, 완전 연결 계층 세 개',
      imagenet: '논문과 같은 ImageNet용',
      'relu-between': '깊이별 합성곱과 점별 합성곱 사이에 ReLU',
      'no-skip': '스킵 연결 없음',
    },
    titles: {
      scaled: '원래 잔차 배율',
      /** @param {number} factor */
      scale: (factor) => `잔차 배율 ${fixed(factor, 2)}`,
      changed: '변경 후',
      /** @param {string} network */
      unchanged: (network) => `변경 전 ${network}`,
      ownPhoto: '내 사진',
      ownWeights: '내 가중치',
    },
    caveats: {
      random: '양쪽 모두 무작위 가중치이므로 계산만 비교할 수 있으며, 예측에는 의미가 없습니다.',
      variant:
        '이 가중치는 이 변형이 아니라 지금 보이는 네트워크로 학습한 것입니다. 같은 가중치에서 구조만 바꾸면 어떻게 되는지 ' +
        '보여 줄 뿐, 그 구조로 학습했을 때의 성능을 보여 주지는 않습니다.',
      scale:
        '이 가중치는 원래 잔차 배율로 학습한 것입니다. 같은 가중치에서 배율만 바꾸면 어떻게 되는지 보여 줄 뿐, 그 배율로 ' +
        '학습했을 때의 성능을 보여 주지는 않습니다.',
    },
    computing: '비교 준비 중…',
    /** The two sides. */
    letters: ['A', 'B'],
    difference: 'B − A',
    values: 'A, B',
    scaleNote: 'A와 B의 색상 척도는 같습니다.',
    /** @param {string} name @param {number} top @param {number} max */
    clipped: (name, top, max) =>
      `${name}: ${value(top)}보다 큰 값은 ${after(value(top), '과/와')} 같은 색으로 보입니다. 최댓값은 ${value(max)}입니다.`,
    side: '칸마다 표시할 것',
    sides: { '': 'A, B, B − A', a: 'A', b: 'B', difference: 'B − A' },
    order: '차이순',
    /** @param {string} letter @param {string} title */
    seen: (letter, title) => `네트워크가 보는 것, ${letter}: ${title}`,
    /** What concerns the second side. @param {string} text */
    second: (text) => `비교: ${text}`,
    /** @param {string} name @param {number} a @param {number} b */
    of: (name, a, b) => `${name}: A ${percent(a)}, B ${percent(b)}`,
    /** @param {number} channel @param {number} a @param {number} b */
    tile: (channel, a, b) => `채널 ${channel}, 평균 A ${value(a)}, B ${value(b)}`,
    /** @param {number} mean @param {number} largest */
    differs: (mean, largest) => `|B − A| 평균 ${value(mean)} · 최대 ${value(largest)}`,
    onlyA: 'A에만 있습니다.',
    /** @param {number[]} size */
    otherShape: (size) => `B에서는 ${shape(size)}이므로 차이를 구할 수 없습니다.`,
    branches: '분기별 에너지',
    columns: ['분기', '에너지 A', '에너지 B', '비율 A', '비율 B', '변화'],
    saveAs: {
      png: '비교를 PNG로 저장',
      csv: '수치를 CSV로 저장',
      json: '수치를 JSON으로 저장',
    },
    ownMissing: '비교할 파일이 링크에 들어 있지 않습니다. 같은 화면을 보려면 ‘비교’에서 그 파일을 선택하세요.',
    /** @param {string} text */
    unknown: (text) => `링크에 적힌 비교 대상 ${after(`“${text}”`, '은/는')} 알 수 없는 이름입니다.`,
  },
};
