"""Names of `keras.ops.image`: operations on images."""

from kerastorch.ops.filtering import gaussian_blur as gaussian_blur
from kerastorch.ops.filtering import hsv_to_rgb as hsv_to_rgb
from kerastorch.ops.filtering import rgb_to_grayscale as rgb_to_grayscale
from kerastorch.ops.filtering import rgb_to_hsv as rgb_to_hsv
from kerastorch.ops.filtering import sobel_edges as sobel_edges
from kerastorch.ops.filtering import ssim as ssim
from kerastorch.ops.resizing import crop_images as crop_images
from kerastorch.ops.resizing import extract_patches as extract_patches
from kerastorch.ops.resizing import extract_patches_3d as extract_patches_3d
from kerastorch.ops.resizing import pad_images as pad_images
from kerastorch.ops.resizing import resize as resize
from kerastorch.ops.resizing import scale_and_translate as scale_and_translate
from kerastorch.ops.warping import affine_transform as affine_transform
from kerastorch.ops.warping import elastic_transform as elastic_transform
from kerastorch.ops.warping import map_coordinates as map_coordinates
from kerastorch.ops.warping import perspective_transform as perspective_transform
