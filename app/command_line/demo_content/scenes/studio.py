"""Shapes, materials, light and camera that all scenes share (Blender as a module, Cycles).

One Blender unit is one centimetre, so that a ring, a jar and a watch keep their true proportions.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import bpy  # first: it is what makes the two others importable

# isort: split
import bmesh
from mathutils import Vector

Point = Sequence[float]
WARM, NEUTRAL, COOL = "#ffe3c4", "#ffffff", "#dce8ff"


def colour(value: str) -> tuple[float, float, float, float]:
    """Turn a hexadecimal sRGB colour into the linear RGBA that Cycles expects."""
    channels = [int(value[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return (linear[0], linear[1], linear[2], 1.0)


def reset() -> None:
    """Start from an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


# --- materials -----------------------------------------------------------------------------------


class Material:
    """A Principled surface with optional relief, tint and picture."""

    def __init__(self, base: str, **settings: float) -> None:
        self.data = bpy.data.materials.new("surface")
        self.data.use_nodes = True
        self.tree = self.data.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.shader.inputs["Base Color"].default_value = colour(base)
        for name, value in settings.items():
            self.shader.inputs[
                name.replace("_", " ").title().replace("Ior", "IOR")
            ].default_value = value

    def node(self, kind: str, **inputs: Any) -> Any:
        """Add a node and set its inputs by name."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in inputs.items():
            node.inputs[name.replace("_", " ").title()].default_value = value
        return node

    def link(self, source: Any, target: Any) -> None:
        """Connect an output to an input."""
        self.tree.links.new(source, target)

    def place(self, stretch: Point = (1, 1, 1)) -> Any:
        """Return object coordinates, stretched so that a pattern can run along one direction."""
        mapping = self.node("Mapping")
        mapping.inputs["Scale"].default_value = stretch
        self.link(self.node("TexCoord").outputs["Object"], mapping.inputs["Vector"])
        return mapping.outputs["Vector"]

    def pattern(self, kind: str, scale: float, stretch: Point = (1, 1, 1)) -> Any:
        """Return the output of a procedural pattern: noise, dents, weave or stripes."""
        where = self.place(stretch)
        if kind == "noise":
            node = self.node("TexNoise", scale=scale, detail=6.0)
            self.link(where, node.inputs["Vector"])
            return node.outputs["Fac"]
        if kind == "dents":
            node = self.node("TexVoronoi", scale=scale)
            node.feature = "SMOOTH_F1"
            self.link(where, node.inputs["Vector"])
            return node.outputs["Distance"]
        if kind == "stripes":
            node = self.node("TexWave", scale=scale, distortion=0.0)
            self.link(where, node.inputs["Vector"])
            return node.outputs["Fac"]
        return self._weave(where, scale)

    def _weave(self, where: Any, scale: float) -> Any:
        join = self.node("Math")
        join.operation = "MULTIPLY"
        for index, direction in enumerate(("X", "Y")):
            wave = self.node("TexWave", scale=scale, distortion=1.6, detail=3.0, detail_scale=0.6)
            wave.bands_direction = direction
            self.link(where, wave.inputs["Vector"])
            self.link(wave.outputs["Fac"], join.inputs[index])
        return join.outputs["Value"]

    def relief(
        self, kind: str, scale: float, depth: float, stretch: Point = (1, 1, 1)
    ) -> "Material":
        """Give the surface a relief; several can be stacked."""
        bump = self.node("Bump", strength=1.0, distance=depth)
        self.link(self.pattern(kind, scale, stretch), bump.inputs["Height"])
        before = self.shader.inputs["Normal"].links
        if before:
            self.link(before[0].from_socket, bump.inputs["Normal"])
        self.link(bump.outputs["Normal"], self.shader.inputs["Normal"])
        return self

    def tint(
        self,
        second: str,
        scale: float,
        kind: str = "noise",
        stretch: Point = (1, 1, 1),
        low: float = 0.35,
    ) -> "Material":
        """Let the colour wander between the base and a second one."""
        ramp = self.node("ValToRGB")
        ramp.color_ramp.elements[0].color = self.shader.inputs["Base Color"].default_value
        ramp.color_ramp.elements[1].color = colour(second)
        ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = low, 1 - low
        self.link(self.pattern(kind, scale, stretch), ramp.inputs["Fac"])
        self.link(ramp.outputs["Color"], self.shader.inputs["Base Color"])
        return self

    def wear(self, scale: float, low: float, high: float, stretch: Point = (1, 1, 1)) -> "Material":
        """Let the roughness wander, as on a surface that has been handled."""
        ramp = self.node("MapRange", to_min=low, to_max=high)
        self.link(self.pattern("noise", scale, stretch), ramp.inputs["Value"])
        self.link(ramp.outputs["Result"], self.shader.inputs["Roughness"])
        return self

    def picture(self, path: str) -> "Material":
        """Print a picture on the surface, by its UV coordinates."""
        image = self.node("TexImage")
        image.image = bpy.data.images.load(path, check_existing=True)
        self.link(image.outputs["Color"], self.shader.inputs["Base Color"])
        return self


def metal(base: str, roughness: float = 0.16) -> Material:
    """Make a polished or brushed metal."""
    return Material(base, metallic=1.0, roughness=roughness)


def silver() -> Material:
    """Make sterling silver, lightly worn."""
    return metal("#ece8e2").wear(3.0, 0.13, 0.26)


def gold() -> Material:
    """Make yellow gold of 585 fineness."""
    return metal("#ecca8e").wear(3.0, 0.12, 0.24)


def rose_gold() -> Material:
    """Make rose gold of 585 fineness."""
    return metal("#e8b79c").wear(3.0, 0.12, 0.24)


def steel(roughness: float = 0.22) -> Material:
    """Make brushed or polished steel."""
    return metal("#d3d5d8", roughness)


def hammered(material: Material, scale: float = 4.2, depth: float = 0.06) -> Material:
    """Give a metal the marks of a planishing hammer."""
    return material.relief("dents", scale, depth)


def glass(tint: str = "#ffffff", ior: float = 1.45, roughness: float = 0.0) -> Material:
    """Make glass or gemstone that lets light through to what stands behind it."""
    material = Material(tint)
    tree = material.tree
    body = material.node("BsdfGlass", color=colour(tint), roughness=roughness)
    body.inputs["IOR"].default_value = ior
    clear = material.node("BsdfTransparent", color=colour(tint))
    path = material.node("LightPath")
    mix = material.node("MixShader")
    tree.links.new(path.outputs["Is Shadow Ray"], mix.inputs["Fac"])
    tree.links.new(body.outputs[0], mix.inputs[1])
    tree.links.new(clear.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material


def linen(base: str = "#d9cfbf", second: str = "#c9bda9") -> Material:
    """Make woven linen."""
    cloth = Material(base, roughness=0.95, sheen_weight=0.3)
    return cloth.tint(second, 1.2).relief("weave", 4.4, 0.018).relief("noise", 0.35, 0.5)


def paper(base: str = "#efe7da") -> Material:
    """Make heavy handmade paper."""
    return Material(base, roughness=0.9).relief("noise", 9.0, 0.02).relief("noise", 1.2, 0.06)


def plaster(base: str, second: str) -> Material:
    """Make limewashed plaster or matt stone."""
    return Material(base, roughness=0.85).tint(second, 0.25).relief("noise", 2.2, 0.05)


def wood(base: str = "#8a6242", second: str = "#5c3d27", roughness: float = 0.55) -> Material:
    """Make planed wood with the grain along X."""
    plank = Material(base, roughness=roughness).tint(second, 1.6, stretch=(0.12, 2.2, 2.2), low=0.3)
    return plank.relief("noise", 4.0, 0.02, (0.1, 3, 3))


def leather(base: str, second: str | None = None) -> Material:
    """Make fine-grained leather."""
    hide = Material(base, roughness=0.5, coat_weight=0.06, coat_roughness=0.35)
    if second:
        hide.tint(second, 0.9)
    return hide.relief("dents", 26.0, 0.012).relief("noise", 1.2, 0.05)


# --- shapes --------------------------------------------------------------------------------------


def shape(
    points: Iterable[Point],
    faces: Iterable[Sequence[int]],
    material: Material,
    *,
    smooth: bool = True,
) -> Any:
    """Make an object of points and faces."""
    mesh = bpy.data.meshes.new("shape")
    mesh.from_pydata([tuple(p) for p in points], [], [tuple(f) for f in faces])
    mesh.materials.append(material.data)
    mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
    thing = bpy.data.objects.new("shape", mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def move(
    thing: Any, at: Point = (0, 0, 0), turn: Point = (0, 0, 0), size: float | Point = 1.0
) -> Any:
    """Place an object: position in centimetres, rotation in degrees."""
    thing.location = at
    thing.rotation_euler = [math.radians(angle) for angle in turn]
    thing.scale = (size, size, size) if isinstance(size, (int, float)) else size
    return thing


def group(
    things: Sequence[Any], at: Point = (0, 0, 0), turn: Point = (0, 0, 0), size: float = 1.0
) -> Any:
    """Tie objects together and place them as one."""
    anchor = bpy.data.objects.new("group", None)
    bpy.context.collection.objects.link(anchor)
    for thing in things:
        thing.parent = anchor
    return move(anchor, at, turn, size)


def repeat(thing: Any) -> Any:
    """Make another object that shares the same mesh."""
    twin = thing.copy()
    bpy.context.collection.objects.link(twin)
    return twin


def soften(thing: Any, width: float, steps: int = 3) -> Any:
    """Round an object's edges, as every real object's are."""
    bevel = thing.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = width, steps, "ANGLE"
    bevel.harden_normals = True
    return thing


def lathe(
    profile: Sequence[Point],
    material: Material,
    *,
    segments: int = 128,
    closed: bool = False,
    wobble: Callable[[float], float] | None = None,
) -> Any:
    """Turn a profile of (radius, height) around the vertical axis."""
    count = len(profile)
    points, faces = [], []
    for step in range(segments):
        angle = math.tau * step / segments
        grow = wobble(angle) if wobble else 1.0
        points += [(r * grow * math.cos(angle), r * grow * math.sin(angle), z) for r, z in profile]
    for step in range(segments):
        here, there = step * count, (step + 1) % segments * count
        for index in range(count if closed else count - 1):
            after = (index + 1) % count
            faces.append((here + index, there + index, there + after, here + after))
    thing = shape(points, faces, material)
    thing.data.validate()
    crease(thing)
    return thing


def crease(thing: Any, angle: float = 38.0) -> None:
    """Keep edges sharper than an angle crisp while the rest is shaded smooth."""
    body = bmesh.new()
    body.from_mesh(thing.data)
    bmesh.ops.remove_doubles(body, verts=body.verts, dist=1e-5)
    bmesh.ops.recalc_face_normals(body, faces=body.faces)
    for edge in body.edges:
        if len(edge.link_faces) == 2 and edge.calc_face_angle() > math.radians(angle):
            edge.smooth = False
    body.to_mesh(thing.data)
    body.free()


def rounded(points: Sequence[Point], radius: float, steps: int = 5) -> list[tuple[float, float]]:
    """Round the inner corners of an open profile of two-dimensional points."""
    path = [Vector(p) for p in points]
    result = [path[0]]
    for before, corner, after in zip(path, path[1:], path[2:], strict=False):
        to_before, to_after = before - corner, after - corner
        reach = min(radius, to_before.length / 2, to_after.length / 2)
        start, end = corner + to_before.normalized() * reach, corner + to_after.normalized() * reach
        for step in range(steps + 1):
            t = step / steps
            result.append(start * (1 - t) ** 2 + corner * 2 * t * (1 - t) + end * t**2)
    result.append(path[-1])
    return [(p.x, p.y) for p in result]


def plate(outline: Sequence[Point], height: float, material: Material, bevel: float = 0.0) -> Any:
    """Extrude a flat outline upwards."""
    count = len(outline)
    points = [(x, y, z) for z in (0, height) for x, y in outline]
    faces: list[Sequence[int]] = [tuple(reversed(range(count))), tuple(range(count, 2 * count))]
    faces += [(i, (i + 1) % count, count + (i + 1) % count, count + i) for i in range(count)]
    thing = shape(points, faces, material, smooth=False)
    crease(thing)
    return soften(thing, bevel) if bevel else thing


def block(size: Point, material: Material, bevel: float = 0.05) -> Any:
    """Make a box standing on the ground, centred."""
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    return plate([(-x, -y), (x, -y), (x, y), (-x, y)], z, material, bevel)


def ball(radius: float, material: Material, detail: int = 4) -> Any:
    """Make a sphere."""
    mesh = bpy.data.meshes.new("ball")
    body = bmesh.new()
    bmesh.ops.create_icosphere(body, subdivisions=detail, radius=radius)
    body.to_mesh(mesh)
    body.free()
    mesh.materials.append(material.data)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    thing = bpy.data.objects.new("ball", mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def torus(radius: float, thickness: float, material: Material, stretch: float = 1.0) -> Any:
    """Make a round wire ring, lying flat."""
    profile = [
        (radius + thickness * math.cos(a), thickness * stretch * math.sin(a))
        for a in (math.tau * step / 20 for step in range(20))
    ]
    return lathe(profile, material, closed=True, segments=96)


def wire(
    points: Sequence[Point], radius: float, material: Material, *, cyclic: bool = False
) -> Any:
    """Draw a smooth round wire through points."""
    curve = bpy.data.curves.new("wire", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, 6
    curve.resolution_u, curve.use_fill_caps = 12, True
    line = curve.splines.new("NURBS")
    line.points.add(len(points) - 1)
    for knot, point in zip(line.points, points, strict=True):
        knot.co = (*point, 1.0)
    line.order_u, line.use_endpoint_u, line.use_cyclic_u = 4, True, cyclic
    curve.materials.append(material.data)
    thing = bpy.data.objects.new("wire", curve)
    bpy.context.collection.objects.link(thing)
    return thing


def sheet(
    width: float,
    depth: float,
    material: Material,
    *,
    waves: float = 0.0,
    scale: float = 0.2,
    seed: int = 1,
    cells: int = 120,
) -> Any:
    """Lay a cloth or paper, with folds when waves is above zero."""
    random.seed(seed)
    shift = random.random() * 50
    points, faces = [], []
    for row in range(cells + 1):
        for column in range(cells + 1):
            x, y = (column / cells - 0.5) * width, (row / cells - 0.5) * depth
            points.append((x, y, waves * _fold(x * scale + shift, y * scale)))
    for row in range(cells):
        for column in range(cells):
            here = row * (cells + 1) + column
            faces.append((here, here + 1, here + cells + 2, here + cells + 1))
    return shape(points, faces, material)


def _fold(x: float, y: float) -> float:
    bend = math.sin(x * 1.3 + 1.7 * math.sin(y * 0.7)) + 0.5 * math.sin(
        y * 2.1 + 1.3 * math.sin(x * 1.1)
    )
    return bend + 0.3 * math.sin(3.1 * x + 2.2 * y)


def gem(kind: str, material: Material) -> Any:
    """Cut a stone of girdle radius 1: brilliant, rose, step or cabochon."""
    if kind == "cabochon":
        arc = [(math.cos(a), 0.62 * math.sin(a)) for a in (math.pi / 2 * i / 24 for i in range(25))]
        return lathe([(0.0, -0.05), (0.97, -0.05), *arc[:-1], (0.0, 0.62)], material)

    def circle(radius: float, height: float, count: int, offset: float = 0.0) -> list[Point]:
        steps = (math.tau * (i + offset) / count for i in range(count))
        return [(radius * math.cos(a), radius * math.sin(a), height) for a in steps]

    layers = {
        "brilliant": circle(0.56, 0.34, 8)
        + circle(0.8, 0.23, 8, 0.5)
        + circle(1, 0.03, 16)
        + circle(1, -0.03, 16)
        + circle(0.42, -0.55, 16, 0.5)
        + [(0, 0, -0.86)],
        "rose": circle(0.99, 0.0, 12)
        + circle(1, 0.05, 12)
        + circle(0.66, 0.32, 6, 0.5)
        + [(0, 0, 0.47)],
        "step": [
            (x * 1.28, y, z)
            for r, z in (
                (0.6, 0.3),
                (0.84, 0.2),
                (1, 0.03),
                (1, -0.03),
                (0.72, -0.4),
                (0.36, -0.66),
            )
            for x, y, z in circle(r * 1.06, z, 8, 0.5)
        ],
    }[kind]
    body = bmesh.new()
    for point in layers:
        body.verts.new(point)
    bmesh.ops.convex_hull(body, input=body.verts)
    mesh = bpy.data.meshes.new("gem")
    body.to_mesh(mesh)
    body.free()
    mesh.materials.append(material.data)
    thing = bpy.data.objects.new("gem", mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def lettering(text: str, font: str, size: float, material: Material, height: float = 0.0) -> Any:
    """Set type as flat or raised shapes, centred."""
    curve = bpy.data.curves.new("text", "FONT")
    curve.body, curve.size, curve.extrude = text, size, height
    curve.font = bpy.data.fonts.load(font, check_existing=True)
    curve.align_x, curve.align_y = "CENTER", "CENTER"
    curve.materials.append(material.data)
    thing = bpy.data.objects.new("text", curve)
    bpy.context.collection.objects.link(thing)
    return thing


# --- light, camera, film -------------------------------------------------------------------------


def world(above: str, below: str, strength: float) -> None:
    """Surround the scene with a soft vertical gradient."""
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    nodes, links = scene.world.node_tree.nodes, scene.world.node_tree.links
    where, split = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeSeparateXYZ")
    ramp, background = nodes.new("ShaderNodeValToRGB"), nodes["Background"]
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (
        colour(below),
        colour(above),
    )
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.0, 0.9
    links.new(where.outputs["Generated"], split.inputs[0])
    links.new(split.outputs["Z"], ramp.inputs[0])
    links.new(ramp.outputs[0], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength


def softbox(
    at: Point, size: Point, power: float, tint: str = NEUTRAL, target: Point = (0, 0, 0)
) -> Any:
    """Hang a rectangular light that looks at a target."""
    lamp = bpy.data.lights.new("softbox", "AREA")
    lamp.shape, lamp.size, lamp.size_y = "RECTANGLE", size[0], size[1]
    lamp.energy, lamp.color = power, colour(tint)[:3]
    thing = bpy.data.objects.new("softbox", lamp)
    bpy.context.collection.objects.link(thing)
    thing.location = at
    thing.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return thing


def sun(
    elevation: float, azimuth: float, power: float, tint: str = WARM, softness: float = 4.0
) -> None:
    """Let the sun in; angles in degrees."""
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.color, lamp.angle = power, colour(tint)[:3], math.radians(softness)
    thing = bpy.data.objects.new("sun", lamp)
    bpy.context.collection.objects.link(thing)
    thing.rotation_euler = (math.radians(90 - elevation), 0, math.radians(azimuth))


def camera(
    target: Point,
    distance: float,
    elevation: float,
    azimuth: float = 0.0,
    *,
    lens: float = 85.0,
    blur: float = 0.0,
    focus: Point | None = None,
) -> None:
    """Look at a target; angles in degrees, blur is the aperture's radius in centimetres."""
    lift, side = math.radians(elevation), math.radians(azimuth)
    away = Vector(
        (math.sin(side) * math.cos(lift), -math.cos(side) * math.cos(lift), math.sin(lift))
    )
    data = bpy.data.cameras.new("camera")
    thing = bpy.data.objects.new("camera", data)
    bpy.context.collection.objects.link(thing)
    thing.location = Vector(target) + away * distance
    thing.rotation_euler = (-away).to_track_quat("-Z", "Y").to_euler()
    data.lens, data.clip_end = lens, 1000
    if blur:
        data.dof.use_dof = True
        data.dof.focus_distance = (Vector(focus or target) - thing.location).dot(-away)
        data.dof.aperture_fstop = lens / 1000 / (2 * blur)
    bpy.context.scene.camera = thing


def expose(
    path: str,
    width: int,
    height: int,
    *,
    samples: int,
    exposure: float = 0.0,
    look: str = "Medium High Contrast",
) -> None:
    """Render the scene to a PNG file, denoised."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, True
    cycles.denoiser, cycles.denoising_prefilter = "OPENIMAGEDENOISE", "FAST"
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.25
    cycles.adaptive_min_samples = 6
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 10, 2, 4
    cycles.transmission_bounces, cycles.transparent_max_bounces = 8, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 6.0
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.filepath, scene.render.image_settings.file_format = path, "PNG"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = f"AgX - {look}"
    scene.view_settings.exposure = exposure
    bpy.ops.render.render(write_still=True)
