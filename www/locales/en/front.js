/** Wording for fingers; what is kept in this browser. */

export default {
  touch: {
    adjust: 'Adjust',
    crop:
      'One finger scrolls the page. Two fingers move and zoom the photo; after “Adjust”, one does. With a keyboard: arrow ' +
      'keys, + and −; 0 resets.',
    reading: 'Tap the map to read its values.',
    explain: 'Tap a position on the map to see how its value was computed.',
  },
  kept: {
    camera: 'Picture from the camera',
    kinds: { photo: 'your own photo', weights: 'your own weights' },
  },
};
