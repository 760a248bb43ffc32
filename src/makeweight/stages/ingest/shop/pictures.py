"""Pictures as the shop serves them: from the stock, edited by a reseller, or damaged."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

NOT_A_PICTURE = b"<!doctype html><html><body><h1>This picture has moved</h1></body></html>"


def served_picture(stock: bytes, edit: str | None, damage: str | None, seed: int) -> tuple[bytes, str]:
    """Return bytes and content type of a listing's picture; the same seed gives the same bytes."""
    body, content_type = (stock, "image/png") if edit in (None, "retitled") else edited_picture(stock, edit, seed)
    if damage == "page_as_picture":
        return NOT_A_PICTURE, content_type
    if damage == "broken_picture":
        return body[: len(body) // 3], content_type
    return body, content_type


def edited_picture(stock: bytes, edit: str, seed: int) -> tuple[bytes, str]:
    """Return a picture as a reseller edits it, and its content type."""
    rng = np.random.default_rng(seed)
    picture = Image.open(BytesIO(stock)).convert("RGB")
    match edit:
        case "re-encoded":
            return encode(picture, "JPEG", quality=int(rng.integers(45, 85)))
        case "resized":
            edge = int(picture.width * rng.uniform(0.6, 1.6))
            return encode(picture.resize((edge, edge), Image.Resampling.BICUBIC), "PNG")
        case "cropped":
            left, top, right, bottom = (rng.uniform(0.02, 0.09, 4) * picture.width).round().astype(int).tolist()
            box = (left, top, picture.width - right, picture.height - bottom)
            return encode(picture.crop(box), "PNG")
        case "watermarked":
            return encode(watermarked(picture, rng), "PNG")
    raise ValueError(f"no such edit: {edit}")


def watermarked(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture with a half transparent bar and text across it."""
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    top = int(rng.integers(picture.height // 4, picture.height * 3 // 4))
    shade = int(rng.integers(0, 2)) * 255
    draw.rectangle((0, top - 1, picture.width, top + 10), fill=(shade, shade, shade, 60))
    draw.text((3, top - 1), "PREVIEW", fill=(255 - shade, 255 - shade, 255 - shade, 120))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def encode(picture: Image.Image, image_format: str, **options: int) -> tuple[bytes, str]:
    """Return bytes and content type."""
    buffer = BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue(), f"image/{image_format.lower()}"
