/** Wording for fingers; what is kept in this browser. */

export default {
  touch: {
    adjust: '조정',
    crop:
      '한 손가락으로는 페이지를 스크롤하고, 두 손가락으로 사진을 옮기거나 확대합니다. ‘조정’을 누르면 한 손가락으로도 옮길 수 있습니다. ' +
      '키보드에서는 방향키와 +, −를 쓰고 0으로 초기화합니다.',
    reading: '맵을 탭하면 그 위치의 값을 보여 줍니다.',
    explain: '맵에서 위치를 탭하면 그 값이 계산된 과정을 보여 줍니다.',
  },
  kept: {
    camera: '카메라로 찍은 사진',
    kinds: { photo: '내 사진', weights: '내 가중치' },
  },
};
