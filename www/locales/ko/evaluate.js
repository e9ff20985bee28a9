/** 얼마나 잘 맞히는가, 그리고 어떤 사진이 채널을 활성화하는가. */

import { list, percent } from '../../page/format.js';

export default {
  evaluate: {
    title: '평가',
    about:
      '얼마나 잘 맞힐까요? 사진 한 장의 여러 크롭이나 여러 네트워크의 예측을 평균하고, 폴더의 사진으로 정확도를 측정합니다. 사진은 업로드되지 않습니다.',
    photos: '사진',
    onePhoto: '지금 보이는 사진',
    manyPhotos: '폴더의 사진',
    chooseFolder: '폴더 선택',
    choosePhotos: '사진 선택',
    noFolder: '아직 폴더가 없습니다. 선택하거나 페이지에 끌어다 놓으세요.',
    foldersAreClasses: '폴더 이름이 클래스입니다',
    /** @param {number} count @param {number} of @param {string[]} unknown */
    found: (count, of, unknown) =>
      `사진 ${count}장${of ? `, 폴더 ${of}개` : ', 폴더가 없어 클래스를 알 수 없음'}.` +
      (unknown.length
        ? ` 이 네트워크의 클래스가 아니어서 채점하지 않는 폴더: ${list(unknown.slice(0, 5))}${unknown.length > 5 ? ' …' : ''}.`
        : ''),
    cropsTitle: '사진마다 크롭 수',
    crops: { 1: '크롭 1개', 10: '크롭 10개', 12: '크롭 12개', 144: '크롭 144개' },
    cropsNotes: {
      1: '전처리에서 쓰는 크롭 하나.',
      10: '네 모서리와 중앙, 그리고 각각의 좌우 반전.',
      12: '중앙 정사각형의 네 모서리와 중앙, 정사각형 전체, 그리고 각각의 좌우 반전.',
      144: 'GoogLeNet 논문대로: 네 가지 크기, 정사각형 세 개, 각각 크롭 여섯 개, 그리고 좌우 반전.',
    },
    networks: '네트워크',
    add: '네트워크 추가…',
    weightFile: '가중치 파일…',
    /** @param {string} title */
    remove: (title) => `${title} 제거`,
    /** @param {number} count */
    changed: (count) => `변경 ${count}개 적용`,
    start: '시작',
    stop: '중지',
    progress: '평가 진행률',
    starting: '시작하는 중…',
    /** @param {string} title */
    opening: (title) => `${title} 여는 중…`,
    stopped: '중지했습니다. 그때까지의 결과를 보여 줍니다.',
    /** @param {number} done @param {number} of */
    cropsDone: (done, of) => `크롭 ${of}개 중 ${done}개`,
    /** @param {number} done @param {number} of */
    photosDone: (done, of) => `사진 ${of}장 중 ${done}장`,
    cropsOf: '크롭을 분류한 네트워크',
    eachCrop: '크롭별 예측',
    chooseCrop: '크롭을 선택하면 그 크롭만 보여 줍니다.',
    /** @param {number} number */
    cropNumber: (number) => `크롭 ${number}`,
    /** @param {number} number @param {number} side @param {number} x @param {number} y @param {boolean} mirror */
    crop: (number, side, x, y, mirror) => `${number}: ${side}픽셀, 위치 ${x}, ${y}${mirror ? ', 좌우 반전' : ''}`,
    /** @param {string} name @param {number} probability */
    guess: (name, probability) => `${name} ${percent(probability)}`,
    /** @param {number} count */
    average: (count) => (count === 1 ? '예측' : `크롭 ${count}개의 평균`),
    ensemble: '앙상블',
    /** @param {string} name @param {number} probability @param {number} agree @param {number} of */
    agree: (name, probability, agree, of) =>
      `${name}, 평균 ${percent(probability)}. 크롭 ${of}개 중 ${agree}개에서 1위입니다.`,
    /** @param {string} name */
    cropLegend: (name) => `파란 실선: ${name}의 확률이 가장 높은 크롭. 주황 점선: 다른 클래스의 확률이 가장 높은 크롭.`,
    cropsAsTheyCome: '계산되는 대로 크롭을 그립니다. 반전된 크롭은 다른 크롭과 겹칩니다.',
    /** @param {number} count */
    cropsOnPhoto: (count) => `크롭 ${count}개를 그린 사진`,
    measured: '이 사진들로 직접 측정한 값',
    columns: {
      network: '네트워크',
      photos: '사진',
      top1: 'Top-1 정확도',
      top5: 'Top-5 정확도',
      top1Error: 'Top-1 오류율',
      top5Error: 'Top-5 오류율',
      own: '정답',
      takenFor: '예측',
    },
    /** @param {number} count @param {number} known */
    counted: (count, known) => (known && known < count ? `${count}장, 그중 정답을 아는 사진 ${known}장` : `${count}장`),
    detailsOf: '자세히 볼 네트워크',
    confusion: '혼동 행렬: 행은 정답, 열은 예측',
    ownTaken: '정답 \\ 예측',
    /** @param {number} shown @param {number} of */
    confusions: (shown, of) => (of > shown ? `혼동한 클래스 쌍 ${of}개 중 가장 많은 ${shown}개` : '혼동한 클래스 쌍, 많은 순'),
    worst: '가장 크게 틀린 사진: 정답 클래스의 확률이 낮은 순',
    leastCertain: '확신이 가장 낮은 예측',
    certain: '확신이 가장 높은 예측',
    /** @param {string} name @param {number} probability */
    isOwn: (name, probability) => `정답 ${name}, ${percent(probability)}`,
    /** @param {string} name */
    look: (name) => `${name} 열기`,
    /** @param {number} count */
    failed: (count) => `사용할 수 없는 사진 ${count}장`,
    papers: '논문에 실린 값',
    papersNote: '논문에 실린 값으로, ImageNet 검증 세트에서 측정한 것입니다. 직접 고른 폴더의 결과와는 비교할 수 없습니다.',
    saveAs: { png: '평가를 PNG로 저장', csv: '수치를 CSV로 저장', json: '수치를 JSON으로 저장' },
  },
  exciting: {
    view: '사진',
    hint: '어떤 사진이 이 채널을 가장 크게 활성화할까요? 사진 폴더를 선택하거나 페이지에 끌어다 놓으세요.',
    /** @param {number} count @param {string} label */
    search: (count, label) => `사진 ${count}장에서 찾기: ${label}의 모든 채널`,
    progress: '검색 진행률',
    list: '이 채널을 가장 크게 활성화하는 사진',
    note: '최댓값이 가장 큰 사진 아홉 장을 수용 영역만큼 잘라 보여 줍니다. 네트워크에 적용한 변경은 반영하지 않았습니다.',
    none: '이 채널을 활성화하는 사진이 없습니다. 값이 모두 0입니다.',
    /** @param {number} done @param {number} of */
    searched: (done, of) => (done < of ? `사진 ${of}장 중 ${done}장 검색` : `사진 ${of}장 검색`),
    /** @param {string} name @param {number} row @param {number} column */
    of: (name, row, column) => `${name}, ${row}행 ${column}열`,
    /** @param {string} name @param {number} peak */
    peak: (name, peak) => `${name} 열기, 최댓값 ${peak.toPrecision(3)}`,
    savePng: '사진을 PNG로 저장',
    saveCsv: '모든 채널의 최댓값을 CSV로 저장',
  },
};
