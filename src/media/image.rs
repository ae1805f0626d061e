//! Uploaded pictures, re-encoded from their pixels: nothing of the file itself is kept, so neither place nor camera nor payload.
//!
//! Every function blocks for up to seconds and needs 4 bytes a pixel: call them from `spawn_blocking`, few at a time.
use crate::error::{Error, Result};
use fast_image_resize::{
    PixelTrait, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, RgbaImage,
    codecs::jpeg::JpegEncoder,
};
use std::io::Cursor;

/// What may be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes: usize,
    /// Width times height, before the picture is made smaller.
    pub pixels: u64,
}

impl Default for Limits {
    /// 16 MiB, and 50 million pixels: what telephones make.
    fn default() -> Self {
        Self { bytes: 16 << 20, pixels: 50_000_000 }
    }
}

/// A picture as it is published.
#[derive(Clone, Debug)]
pub struct Picture {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
    /// JPEG, at most 400 pixels wide and high.
    pub thumbnail: Vec<u8>,
    /// <https://blurha.sh>
    pub blurhash: String,
}

/// The longer side of a published picture.
const MAX_SIDE: u32 = 2048;
const THUMBNAIL_SIDE: u32 = 400;
const BLURHASH_SIDE: u32 = 32;
const QUALITY: u8 = 82;

/// A picture for a post: turned upright and at most 2048 pixels wide and high. JPEG, or PNG when something is transparent;
/// of a moving picture only the first frame remains.
pub fn process(bytes: &[u8], limits: Limits) -> Result<Picture> {
    let picture = read(bytes, limits)?;
    let (width, height) = fit(picture.width(), picture.height(), MAX_SIDE);
    publish(&resize(&picture, width, height)?)
}

/// The middle of a picture as 400 × 400 pixels.
pub fn avatar(bytes: &[u8], limits: Limits) -> Result<Picture> {
    publish(&resize(&read(bytes, limits)?, 400, 400)?)
}

/// The middle of a picture as 1500 × 500 pixels.
pub fn header(bytes: &[u8], limits: Limits) -> Result<Picture> {
    publish(&resize(&read(bytes, limits)?, 1500, 500)?)
}

/// Decodes a picture in 8-bit RGB or, if something in it is transparent, RGBA.
fn read(bytes: &[u8], limits: Limits) -> Result<DynamicImage> {
    if bytes.len() > limits.bytes {
        return Err(Error::Invalid("media-too-large", (limits.bytes >> 20).max(1)));
    }
    let format = image::guess_format(bytes).map_err(|_unknown| Error::invalid("media-type"))?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP
    ) {
        return Err(Error::invalid("media-type"));
    }
    decode(bytes, format, limits)
}

fn decode(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<DynamicImage> {
    let unreadable = |_why| Error::invalid("media-unreadable");
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::default();
    // 16-bit RGBA has 8 bytes a pixel, and the decoders need some for themselves.
    memory.max_alloc = Some(limits.pixels.saturating_mul(9));
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        let millions = usize::try_from(limits.pixels / 1_000_000).unwrap_or(usize::MAX);
        return Err(Error::Invalid("media-too-many-pixels", millions.max(1)));
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    if !picture.color().has_alpha() {
        return Ok(picture.into_rgb8().into());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|pixel| pixel.0.last() == Some(&u8::MAX)) {
        return Ok(DynamicImage::from(picture).into_rgb8().into());
    }
    Ok(picture.into())
}

/// The size within a square of `side`, of the same shape; small pictures stay as they are.
fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = u64::from(width.max(height)).max(1);
    if longer <= u64::from(side) {
        return (width, height);
    }
    let scaled = |length: u32| {
        let length = (u64::from(length) * u64::from(side) + longer / 2) / longer;
        u32::try_from(length).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

/// The size of the thumbnail of a picture of this size, pixels.
pub fn thumbnail_size(width: i64, height: i64) -> (i64, i64) {
    let side = |length: i64| u32::try_from(length).unwrap_or(0);
    let (width, height) = fit(side(width), side(height), THUMBNAIL_SIDE);
    (width.into(), height.into())
}

/// Scales to exactly this size; what does not fit the shape is cut off equally on both sides.
fn resize(picture: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage> {
    if (picture.width(), picture.height()) == (width, height) {
        return Ok(picture.clone());
    }
    // By its type: else the program has the code for every kind of pixel that there is, two megabytes.
    let small = match picture {
        DynamicImage::ImageRgba8(p) => {
            let pixels = scale::<U8x4>(p.dimensions(), p, (width, height))?;
            RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        DynamicImage::ImageRgb8(p) => {
            let pixels = scale::<U8x3>(p.dimensions(), p, (width, height))?;
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        _ => None,
    };
    small.ok_or_else(|| Error::Internal("picture: not in 8 bits".into()))
}

fn scale<P: PixelTrait>(
    (width, height): (u32, u32),
    pixels: &[u8],
    (to_width, to_height): (u32, u32),
) -> Result<Vec<u8>> {
    let count = usize::try_from(u64::from(to_width) * u64::from(to_height)).unwrap_or(0);
    let mut small = vec![0; count * P::size()];
    let from = TypedImageRef::<P>::from_buffer(width, height, pixels).map_err(|e| unwritten(&e))?;
    let mut to =
        TypedImage::<P>::from_buffer(to_width, to_height, &mut small).map_err(|e| unwritten(&e))?;
    let options = ResizeOptions::new().fit_into_destination(None);
    Resizer::new().resize_typed(&from, &mut to, Some(&options)).map_err(|e| unwritten(&e))?;
    Ok(small)
}

fn publish(picture: &DynamicImage) -> Result<Picture> {
    let (width, height) = fit(picture.width(), picture.height(), THUMBNAIL_SIDE);
    let thumbnail = opaque(&resize(picture, width, height)?);
    let (bytes, media_type, extension) = if picture.color().has_alpha() {
        (png(picture)?, "image/png", "png")
    } else {
        (jpeg(&picture.to_rgb8())?, "image/jpeg", "jpg")
    };
    Ok(Picture {
        bytes,
        media_type,
        extension,
        width: picture.width(),
        height: picture.height(),
        thumbnail: jpeg(&thumbnail)?,
        blurhash: blurhash(&thumbnail.into())?,
    })
}

/// Puts a picture on white paper.
fn opaque(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let mut paper = RgbaImage::from_pixel(picture.width(), picture.height(), [255; 4].into());
    image::imageops::overlay(&mut paper, &picture.to_rgba8(), 0, 0);
    DynamicImage::from(paper).into_rgb8()
}

fn jpeg(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(picture)
        .map_err(|e| unwritten(&e))?;
    Ok(bytes)
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|e| unwritten(&e))?;
    Ok(bytes.into_inner())
}

/// Four components along the longer side, three along the other, from a very small copy.
fn blurhash(picture: &DynamicImage) -> Result<String> {
    let (width, height) = fit(picture.width(), picture.height(), BLURHASH_SIDE);
    let small = resize(picture, width, height)?.into_rgba8();
    let (across, down) = if width >= height { (4, 3) } else { (3, 4) };
    blurhash::encode(across, down, width, height, small.as_raw()).map_err(|e| unwritten(&e))
}

fn unwritten(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("picture: {error}"))
}

#[cfg(test)]
mod tests;
