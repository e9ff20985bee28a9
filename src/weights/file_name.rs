//! File names that end in digits of the file's SHA-256, as torchvision and torch.hub have them:
//! `resnet50-0676ba61.pth`.

use super::Warning;

/// The first digits of its SHA-256 that a file's name or address states, 8 or more; a date is none.
pub fn file_name_digest(name: &str) -> Option<&str> {
    let name = name.split(['?', '#']).next().unwrap_or(name);
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let (stem, extension) = name.rsplit_once('.')?;
    let (_, digits) = stem.rsplit_once('-')?;
    let hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let weights = ["pt", "pth", "safetensors"].contains(&extension);
    (weights && hexadecimal && (8..=64).contains(&digits.len()) && !is_date(digits)).then_some(digits)
}

/// Whether eight digits read as year, month and day: `20180402`.
fn is_date(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    digits.len() == 8
        && year.is_some_and(|year| (1990..2100).contains(&year))
        && month.is_some_and(|month| (1..=12).contains(&month))
        && day.is_some_and(|day| (1..=31).contains(&day))
}

/// What is to be said of a file whose name states another SHA-256 than it has. It may have been renamed: that
/// alone is no reason not to open it.
pub fn check_file_name(name: &str, sha256: &str) -> Option<Warning> {
    let expected = file_name_digest(name).filter(|digits| !sha256.starts_with(digits))?;
    Some(Warning::Digest { expected: expected.to_owned(), found: sha256.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_state_digests() {
        for (name, expected) in [
            ("resnet50-0676ba61.pth", Some("0676ba61")),
            ("https://download.pytorch.org/models/googlenet-1378be20.pth?x=1", Some("1378be20")),
            ("C:\\weights\\xception-43020ad28.pth", Some("43020ad28")),
            ("bn_inception-52deb4733.pth", Some("52deb4733")),
            ("20180402-114759-vggface2.pt", None),
            ("run-20240131.pth", None),
            ("run-20241331.pth", Some("20241331")),
            ("model-deadbee.pth", None),
            ("resnet50-0676ba61.h5", None),
            ("0676ba61.pth", None),
            ("", None),
        ] {
            assert_eq!(file_name_digest(name), expected, "{name}");
        }
        let digest = format!("0676ba61{}", "0".repeat(56));
        assert_eq!(check_file_name("resnet50-0676ba61.pth", &digest), None);
        assert!(check_file_name("resnet50-11ad3fa6.pth", &digest).is_some());
    }
}
