# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""OpenGL programs that draw the viewport's pictures: sky, ground, shapes and shadows.

Newton's own shader computes all lighting for every pixel, and most pixels show the ground: without a GPU they take four
fifths of a picture's time. Here the ground is part of the background, with one colour, a grid and shadows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyglet.graphics.shader import Shader, ShaderProgram

SKY = (0.44, 0.58, 0.74)
HAZE = (0.79, 0.82, 0.85)
"""Colour of the horizon, and of distant objects."""
GROUND = (0.40, 0.415, 0.43)
GRID = (0.53, 0.545, 0.56)
SHADOW = 0.52
"""Brightness of the ground in the shadow, relative to the ground in the light."""
SUN = (0.35, -0.42, 0.84)
"""Direction to the light."""

_COMMON = f"""
#version 330 core
const vec3 SKY = vec3{SKY};
const vec3 HAZE = vec3{HAZE};

uniform mat4 to_shadow_map;
uniform vec2 fog;  // distances at which it begins and is opaque [m]

// Strength of shadows at a position in the shadow map: 0 outside of it, with a soft edge.
float within(vec2 at)
{{
    vec2 from_edge = 0.5 - abs(at - 0.5);
    return clamp(16.0 * min(from_edge.x, from_edge.y), 0.0, 1.0);
}}

vec3 in_fog(vec3 color, float far)
{{
    float share = clamp((far - fog.x) / (fog.y - fog.x), 0.0, 1.0);
    return mix(color, HAZE, share * (2.0 - share));
}}
"""

_BACKGROUND_VERTICES = """
#version 330 core
uniform vec3 front, right, up;  // axes of the camera; right and up reach the edges of the picture
out vec3 ray;

void main()
{
    vec2 corner = vec2(float((gl_VertexID & 1) * 4 - 1), float((gl_VertexID & 2) * 2 - 1));
    gl_Position = vec4(corner, 0.0, 1.0);
    ray = front + corner.x * right + corner.y * up;
}
"""

_BACKGROUND = (
    _COMMON
    + f"""
const vec3 GROUND = vec3{GROUND};
const vec3 GRID = vec3{GRID};
const float SHADOW = {SHADOW};

uniform float height;  // of the camera above the ground [m]; 0 without ground, or below it
uniform vec2 place;  // position of the camera over the ground [m]
uniform vec2 depth_range;  // near and far [m]
uniform sampler2D silhouettes;  // of all shapes, seen from the light
in vec3 ray;
out vec4 color;

// Share of a pixel that grid lines cover; they have this spacing and width [m].
float lines(vec2 at, vec2 pixel, float spacing, float width)
{{
    vec2 from_line = abs(fract(at / spacing + 0.5) - 0.5) * spacing;
    vec2 covered = clamp((0.5 * (width + pixel) - from_line) / pixel, 0.0, 1.0) * min(width / pixel, 1.0);
    return max(covered.x, covered.y);
}}

void main()
{{
    float far = height > 0.0 && ray.z < 0.0 ? -height / ray.z : depth_range.y;
    vec3 at = far * ray;
    vec2 on_ground = place + at.xy;
    vec2 pixel = fwidth(on_ground);
    float grid = max(0.55 * lines(on_ground, pixel, 1.0, 0.02), lines(on_ground, pixel, 5.0, 0.045));
    vec2 seen_by_light = (to_shadow_map * vec4(at, 1.0)).xy;
    float shaded = texture(silhouettes, seen_by_light).r * within(seen_by_light);
    vec3 ground = mix(GROUND, GRID, grid) * (1.0 - (1.0 - SHADOW) * shaded);
    bool is_ground = far < depth_range.y;
    vec3 sky = mix(HAZE, SKY, smoothstep(0.0, 0.55, ray.z * inversesqrt(dot(ray, ray))));
    color = vec4(is_ground ? in_fog(ground, length(at)) : sky, 1.0);
    float z = (depth_range.y - depth_range.x * depth_range.y / far) / (depth_range.y - depth_range.x);
    gl_FragDepth = is_ground ? z : 1.0;
}}
"""
)

_SHAPE_VERTICES = """
#version 330 core
layout (location = 0) in vec3 vertex;
layout (location = 1) in vec3 vertex_normal;
layout (location = 2) in vec2 vertex_uv;
layout (location = 3) in vec4 x_axis;
layout (location = 4) in vec4 y_axis;
layout (location = 5) in vec4 z_axis;
layout (location = 6) in vec4 origin;
layout (location = 7) in vec3 instance_color;
layout (location = 8) in vec4 instance_material;  // roughness, metallic, chequered, textured
uniform mat4 to_picture;  // from positions relative to the camera
uniform vec3 eye;
out vec3 at, normal, base;
out vec2 uv;
flat out vec4 material;

void main()
{
    // relative to the camera first: far from the origin, float32 has too few digits
    vec3 x = x_axis.xyz, y = y_axis.xyz, z = z_axis.xyz;
    at = mat3(x, y, z) * vertex + (origin.xyz - eye);
    // where two shapes share a surface, the brighter one is nearer: no flickering pattern of both
    gl_Position = to_picture * vec4(at * (1.0 - 0.0008 * dot(instance_color, vec3(1.0))), 1.0);
    // cofactors instead of the inverse: cheaper, and they flip the normals of mirrored shapes
    normal = mat3(cross(y, z), cross(z, x), cross(x, y)) * vertex_normal;
    base = pow(instance_color, vec3(2.2));
    uv = vertex_uv;
    material = instance_material;
}
"""

_SHAPE = (
    _COMMON
    + f"""
const vec3 SUN = normalize(vec3{SUN});
const vec3 LIGHT = vec3(2.3, 2.25, 2.15);
const vec3 FROM_ABOVE = vec3(0.95, 1.0, 1.08);
const vec3 FROM_BELOW = vec3(0.36, 0.36, 0.36);

uniform sampler2D shadow_map;
uniform sampler2D picture;
uniform float shadow_texel;  // side of a texel of the shadow map [m]
in vec3 at, normal, base;
in vec2 uv;
flat in vec4 material;
out vec4 color;

// Share of the light that is blocked at a position relative to the camera [m]: the four nearest texels, interpolated.
float shadow_at(vec3 place)
{{
    vec3 at = (to_shadow_map * vec4(place, 1.0)).xyz;
    vec2 size = vec2(textureSize(shadow_map, 0));
    vec2 texel = at.xy * size - 0.5;
    vec2 corner = (floor(texel) + 0.5) / size;
    vec2 share = texel - floor(texel);
    vec4 nearest = vec4(
        texture(shadow_map, corner).r, textureOffset(shadow_map, corner, ivec2(1, 0)).r,
        textureOffset(shadow_map, corner, ivec2(0, 1)).r, textureOffset(shadow_map, corner, ivec2(1, 1)).r);
    vec4 covered = vec4(lessThan(nearest, vec4(at.z)));
    vec2 rows = mix(covered.xz, covered.yw, share.x);
    return mix(rows.x, rows.y, share.y) * within(at.xy);
}}

void main()
{{
    vec3 albedo = base;
    if (material.w > 0.5)
        albedo *= pow(texture(picture, uv).rgb, vec3(2.2));
    vec3 facing = normalize(gl_FrontFacing ? normal : -normal);
    vec3 to_camera = normalize(-at);
    vec3 halfway = normalize(to_camera + SUN);
    float towards_sun = max(dot(facing, SUN), 0.0);
    float lit = towards_sun * (1.0 - shadow_at(at + 2.0 * shadow_texel * facing));
    float metallic = material.y;
    float sharpness = exp2(9.0 * (1.0 - clamp(material.x, 0.1, 1.0)));
    vec3 mirrored = mix(vec3(0.04), albedo, metallic);
    float rim = 1.0 - max(dot(facing, to_camera), 0.0);
    vec3 around = mix(FROM_BELOW, FROM_ABOVE, 0.5 + 0.5 * facing.z);
    vec3 linear = albedo * (1.0 - 0.6 * metallic) * (0.55 * around + 0.318 * LIGHT * lit)
        + mirrored * (lit * LIGHT * pow(max(dot(facing, halfway), 0.0), sharpness) * (0.25 + 0.03 * sharpness)
                      + around * (0.3 * metallic + 0.8 * rim * rim * rim));
    // filmic tone mapping: bright colours fade instead of clipping
    vec3 x = 1.6 * linear;
    vec3 shown = pow(clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0), vec3(1.0 / 2.2));
    color = vec4(in_fog(shown, length(at)), 1.0);
}}
"""
)

_SHADOW_VERTICES = """
#version 330 core
layout (location = 0) in vec3 vertex;
layout (location = 3) in vec4 x_axis;
layout (location = 4) in vec4 y_axis;
layout (location = 5) in vec4 z_axis;
layout (location = 6) in vec4 origin;
uniform mat4 to_light;
uniform vec3 eye;

void main()
{
    gl_Position = to_light * vec4(mat3(x_axis.xyz, y_axis.xyz, z_axis.xyz) * vertex + (origin.xyz - eye), 1.0);
}
"""

_SHADOW = """
#version 330 core
out float covered;

void main()
{
    covered = 1.0;
}
"""

SHADOW_MAP, PICTURE, SILHOUETTES = 0, 1, 2
"""Texture units. Newton's meshes bind their texture to the second."""


class Program:
    """An OpenGL program; a context manager, as Newton's are."""

    def __init__(self, vertices: str, fragments: str) -> None:
        self._program = ShaderProgram(Shader(vertices.strip(), "vertex"), Shader(fragments.strip(), "fragment"))

    def __enter__(self) -> Program:
        self._program.use()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def set(self, **uniforms: Any) -> None:
        """Sets uniforms: numbers, vectors, and matrices (row-major, as in NumPy)."""
        for name, value in uniforms.items():
            array = np.asarray(value)
            self._program[name] = tuple(array.T.ravel().tolist()) if array.ndim else value


class Background(Program):
    """Draws sky and ground: one triangle over the whole picture, without a vertex buffer."""

    def __init__(self) -> None:
        super().__init__(_BACKGROUND_VERTICES, _BACKGROUND)
        self.set(silhouettes=SILHOUETTES)


class Shapes(Program):
    """Draws the shapes."""

    def __init__(self) -> None:
        super().__init__(_SHAPE_VERTICES, _SHAPE)
        self.set(shadow_map=SHADOW_MAP, picture=PICTURE)


class Shadows(Program):
    """Draws depths and silhouettes of the shapes, seen from the light."""

    def __init__(self) -> None:
        super().__init__(_SHADOW_VERTICES, _SHADOW)
