/** What can be saved, and what the networks cost. */

import { bytes, shape } from '../../page/format.js';
import { after } from './particles.js';

export default {
  export: {
    title: '내보내기',
    link: '이 화면의 링크',
    copyLink: '링크 복사',
    linkCopied: '링크를 복사했습니다.',
    linkCopiedOwnPhoto:
      '링크를 복사했습니다. 링크에는 사진의 파일 이름만 들어 있으므로, 받는 사람에게도 사진 파일이 있어야 합니다.',
    ownPhoto: '링크에는 사진의 파일 이름만 들어 있으므로, 받는 사람에게도 사진 파일이 있어야 합니다.',
    copyByHand: '브라우저가 복사를 허용하지 않았습니다. 링크가 선택되어 있으니 Ctrl+C 또는 ⌘C를 누르세요.',
    pictures: '그림',
    /** @param {Record<string, string>} about */
    caption: ({ model, weights, image, engine, a, b }) =>
      `Inceptionscope · ${model} · ${weights.split('/').at(-1)} · ${image} · ${engine}${a ? ` · A: ${a} · B: ${b}` : ''}`,
    values: '값',
    node: '노드',
    /** @param {string} op @param {number[]} size @param {number} length */
    size: (op, size, length) => `${op}: 값 ${shape(size)}개, NPY 또는 safetensors로 ${bytes(length)}`,
    formats: { npy: 'NPY로 저장', csv: 'CSV로 저장', safetensors: 'safetensors로 저장' },
    /** @param {string} name */
    saved: (name) => `${after(name, '으로/로')} 저장했습니다.`,
    noPicture: '브라우저가 다루기에는 이미지가 너무 큽니다. 표시하는 맵을 줄이고 다시 시도하세요.',
  },
  costs: {
    title: '연산량과 논문 비교',
    about:
      '여기서 실행하는 그래프에서 센 파라미터 수와 연산량을 논문에 적힌 값과 나란히 보여 줍니다. 논문마다 반올림과 세는 방법이 다르므로 둘 다 ' +
      '그대로 표시합니다. 연산량은 사진 한 장에 대한 합성곱과 완전 연결 계층의 곱셈-덧셈(MAC) 횟수이며, 보조 분류기는 뺐습니다.',
    networks: '네트워크별 파라미터 수와 연산량',
    factorisations: '같은 연산을 하는 여러 방법',
    tables: '논문의 표',
    /** @param {string} job @param {number[]} input */
    job: (job, input) => `${job}, 입력 ${shape(input)}`,
    blank: '–',
    columns: {
      network: '네트워크',
      params: '파라미터',
      paramsPrinted: '논문 값',
      macs: '연산량(MAC)',
      macsPrinted: '논문 값',
      where: '논문',
      how: '방법',
      output: '출력',
      weights: '가중치',
      share: '첫 방법 대비',
    },
  },
};
