//! Pictures with everything in them that should not be published.
use super::*;
use image::{GenericImageView, Rgb, Rgba};

/// Red on the left, blue on the right.
fn photograph(width: u32, height: u32) -> DynamicImage {
    let paint = |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
    RgbImage::from_fn(width, height, paint).into()
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with an EXIF block (orientation 6, a GPS latitude, a maker's name), an XMP block, a comment, and a payload at its end.
fn photograph_of_a_telephone(width: u32, height: u32) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let exif = [
        b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec(),
        3_u16.to_be_bytes().to_vec(),
        entry(0x010f, 2, 4, *b"Tel\0"),
        entry(0x0112, 3, 1, [0, 6, 0, 0]),
        entry(0x8825, 4, 1, 50_u32.to_be_bytes()),
        0_u32.to_be_bytes().to_vec(),
        2_u16.to_be_bytes().to_vec(),
        entry(0x0001, 2, 2, *b"N\0\0\0"),
        entry(0x0002, 5, 3, 80_u32.to_be_bytes()),
        0_u32.to_be_bytes().to_vec(),
        b"GPS39.2758N141.8857E....".to_vec(),
    ]
    .concat();
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret place</x:xmpmeta>".to_vec();
    let segment = |marker: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).unwrap();
        [&[0xff, marker][..], &length.to_be_bytes(), data].concat()
    };
    let plain = encode(&photograph(width, height), ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    bytes.extend(segment(0xe1, &exif));
    bytes.extend(segment(0xe1, &xmp));
    bytes.extend(segment(0xfe, b"secret comment"));
    bytes.extend(&plain[2..]);
    bytes.extend(b"PK\x03\x04 secret payload <script>");
    bytes
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

fn key(error: Result<Picture>) -> &'static str {
    error.unwrap_err().message().0
}

#[test]
fn a_photograph_loses_its_place_its_camera_and_its_payload() {
    let original = photograph_of_a_telephone(80, 60);
    for words in ["Exif", "GPS39", "Tel", "xmpmeta", "secret"] {
        assert!(holds(&original, words), "the test's own picture lacks {words}");
    }

    let picture = process(&original, Limits::default()).unwrap();

    for bytes in [&picture.bytes, &picture.thumbnail] {
        for words in ["Exif", "GPS", "Tel", "http", "xmp", "secret", "PK\x03\x04"] {
            assert!(!holds(bytes, words), "{words} is still there");
        }
        assert!(bytes.ends_with(&[0xff, 0xd9]));
    }
    assert_eq!((picture.media_type, picture.extension), ("image/jpeg", "jpg"));
}

#[test]
fn a_picture_taken_sideways_is_turned_upright() {
    let picture = process(&photograph_of_a_telephone(80, 60), Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height), (60, 80));
    let upright = image::load_from_memory(&picture.bytes).unwrap();
    assert_eq!(upright.dimensions(), (60, 80));
    // A quarter turn to the right brings the left edge to the top.
    assert!(upright.get_pixel(30, 5)[0] > 150 && upright.get_pixel(30, 75)[2] > 150);
}

#[test]
fn a_large_picture_is_made_smaller_in_its_shape() {
    let large = encode(&photograph(3000, 1500), ImageFormat::Jpeg);
    let picture = process(&large, Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height), (2048, 1024));
    let thumbnail = image::load_from_memory(&picture.thumbnail).unwrap();
    assert_eq!(thumbnail.dimensions(), (400, 200));
    assert_eq!(image::guess_format(&picture.thumbnail).unwrap(), ImageFormat::Jpeg);
    assert_eq!(picture.blurhash.len(), 6 + 2 * 11);
}

#[test]
fn shapes_are_kept_down_to_one_pixel() {
    assert_eq!(fit(100, 50, 400), (100, 50));
    assert_eq!(fit(10_000, 1, 2048), (2048, 1));
    assert_eq!(fit(1, 10_000, 2048), (1, 2048));
    let line = encode(&photograph(3000, 1), ImageFormat::Png);
    let picture = process(&line, Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height), (2048, 1));
}

#[test]
fn transparency_stays_and_its_thumbnail_lies_on_white() {
    let clear = RgbaImage::from_pixel(500, 500, Rgba([0, 0, 0, 0]));
    let picture = process(&encode(&clear.into(), ImageFormat::Png), Limits::default()).unwrap();
    assert_eq!((picture.media_type, picture.extension), ("image/png", "png"));
    let published = image::load_from_memory(&picture.bytes).unwrap();
    assert_eq!(published.get_pixel(250, 250)[3], 0);
    let thumbnail = image::load_from_memory(&picture.thumbnail).unwrap();
    assert!(thumbnail.get_pixel(200, 200)[0] > 250);
}

#[test]
fn an_unused_transparency_channel_does_not_make_a_png() {
    let solid = RgbaImage::from_pixel(20, 20, Rgba([9, 90, 9, 255]));
    let picture = process(&encode(&solid.into(), ImageFormat::Png), Limits::default()).unwrap();
    assert_eq!(picture.extension, "jpg");
}

#[test]
fn every_usual_kind_is_read_by_its_content() {
    let picture = photograph(20, 10);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let read = process(&encode(&picture, format), Limits::default()).unwrap();
        assert_eq!((read.width, read.height), (20, 10), "{format:?}");
    }
}

#[test]
fn avatars_and_headers_are_cut_from_the_middle() {
    let wide = encode(&photograph(900, 300), ImageFormat::Png);
    let avatar = avatar(&wide, Limits::default()).unwrap();
    assert_eq!((avatar.width, avatar.height), (400, 400));
    let pixels = image::load_from_memory(&avatar.bytes).unwrap();
    assert!(pixels.get_pixel(20, 200)[0] > 150 && pixels.get_pixel(380, 200)[2] > 150);
    let header = header(&wide, Limits::default()).unwrap();
    assert_eq!((header.width, header.height), (1500, 500));
}

#[test]
fn what_is_no_picture_is_refused_in_words() {
    let png = encode(&photograph(40, 40), ImageFormat::Png);
    for (bytes, expected) in [
        (&b""[..], "media-type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "media-type"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "media-type"),
        (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0", "media-type"),
        (&png[..png.len() / 2], "media-unreadable"),
        (b"\xff\xd8\xff\xe0 not a jpeg", "media-unreadable"),
        (b"GIF89a", "media-unreadable"),
    ] {
        assert_eq!(key(process(bytes, Limits::default())), expected, "{bytes:?}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    // A GIF of some bytes that says it is 65,535 pixels wide and high.
    let mut gif = encode(&photograph(2, 2), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(key(process(&gif, Limits::default())), "media-too-many-pixels");

    let small = Limits { bytes: 100, pixels: 100 };
    let png = encode(&photograph(11, 10), ImageFormat::Png);
    assert_eq!(key(process(&png, Limits { bytes: 10_000, ..small })), "media-too-many-pixels");
    assert_eq!(key(process(&[0; 101], small)), "media-too-large");
}
