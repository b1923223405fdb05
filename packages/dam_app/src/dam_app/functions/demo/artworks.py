"""The pictures of the demo collection that no camera has taken: art, wallpapers, textures, scans, icons."""

from __future__ import annotations

from functools import partial

from dam_app.functions.demo import abstracts, closeups, graphics, mountains, shores, towns
from dam_app.functions.demo.canvas import Stops
from dam_app.functions.demo.picture import Caption, Picture

FIRE: Stops = ((0, "050014"), (0.2, "2a0a5e"), (0.4, "a3206f"), (0.6, "ff6a3d"), (0.8, "ffd56b"), (1, "12061e"))
LAGOON: Stops = ((0, "001219"), (0.25, "005f73"), (0.45, "94d2bd"), (0.6, "ee9b00"), (0.8, "ca6702"), (1, "031018"))
INK: Stops = ((0, "03122b"), (0.3, "0b4f6c"), (0.5, "1aa6a6"), (0.65, "e8d8a8"), (0.8, "e07a5f"), (1, "5a1a3a"))
WINDOW: Stops = ((0, "0b3c8c"), (0.3, "1aa6b7"), (0.5, "f2c14e"), (0.75, "e4572e"), (1, "8f2d56"))
TERRACE: Stops = ((0, "1b3a4b"), (0.35, "3e8e8a"), (0.6, "f2d0a4"), (0.8, "ee8959"), (1, "c1443c"))
NEON: Stops = ((0, "7fd8ff"), (0.5, "ffffff"), (1, "ff9ecb"))
GLAZE: Stops = ((0, "0b3c5d"), (0.5, "328cc1"), (1, "9fd3c7"))
MOSS: Stops = ((0, "14080e"), (0.4, "49475b"), (0.6, "799496"), (0.75, "acc196"), (1, "e9eb9e"))

RETRO = ("264653", "2a9d8f", "e9c46a", "f4a261", "e76f51")
BAUHAUS = ("1d3557", "e63946", "f1c453", "f1faee", "457b9d", "2a9d8f")
RIVER = ("0b3954", "087e8b", "bfd7ea", "ff5a5f", "c81d25")
MEADOW = ("f9c74f", "f9844a", "f94144", "577590", "43aa8b", "90be6d")
WREATH = ("5b7f5b", "86a873", "b5c99a", "3f5e4a", "c8553d")

_POSTERS = (
    Picture("Art/Posters/Lofoten.jpg", (1000, 1400),
            lambda r, w, h: graphics.poster(mountains.mist(r, w, h, mountains.DUSK), "LOFOTEN", "SIXTY-EIGHT DEGREES NORTH"),
            "2022-02-06T16:20:00+01:00",
            caption=Caption("Travel poster: Lofoten", ("poster", "travel", "Norway"), 4)),
    Picture("Art/Posters/Lisboa.jpg", (1000, 1400),
            lambda r, w, h: graphics.poster(shores.sea(r, w, h, shores.SUNSET), "LISBOA", "WHERE THE LAND ENDS"),
            "2022-02-06T16:48:00+01:00",
            caption=Caption("Travel poster: Lisboa", ("poster", "travel", "sea"), 3)),
    Picture("Art/Posters/Bauhaus.png", (900, 1260), partial(graphics.geometry, paper="f6efe2", hues=BAUHAUS),
            "2022-02-05T21:03:00+01:00",
            caption=Caption("Quarters", ("poster", "abstract"), 4)),
    Picture("Art/Birthday card.png", (1000, 1000), partial(graphics.card, words=("Happy", "Birthday"), hues=WREATH),
            "2022-01-30T18:00:00+01:00"),
)  # fmt: skip

_ABSTRACTS = (
    Picture("Art/Ink in water.jpg", (1620, 1080), partial(abstracts.marble, hues=INK),
            "2022-01-22T14:31:00+01:00",
            caption=Caption("Ink in water", ("abstract", "generative"), 5)),
    Picture("Art/Window.jpg", (1000, 1400), partial(abstracts.glass, hues=WINDOW),
            "2022-01-16T12:10:00+01:00"),
    Picture("Art/Flow no. 4.jpg", (1500, 1000), partial(abstracts.flow, paper="f5efe0", hues=RIVER, lines=800),
            "2022-01-15T20:45:00+01:00",
            caption=Caption("Flow no. 4", ("abstract", "generative", "line"), 4)),
    Picture("Art/Flow no. 7 (night).jpg", (1000, 1400), partial(abstracts.flow, paper="101522", hues=MEADOW, lines=700),
            "2022-01-15T21:12:00+01:00"),
    Picture("Art/Julia -0.79+0.156i.png", (1200, 800), partial(abstracts.julia, hues=FIRE),
            "2021-12-28T17:30:00+01:00",
            caption=Caption("Julia set", ("fractal", "mathematics"), 4)),
    Picture("Art/Julia 0.285+0.01i.jpg", (1200, 1200), partial(abstracts.julia, hues=LAGOON, c=0.285 + 0.01j, span=2.2),
            "2021-12-28T17:52:00+01:00"),
    Picture("Art/Orbits.png", (1000, 1000), partial(abstracts.orbits, paper="fdf6e3", hues=RETRO),
            "2021-12-12T19:25:00+01:00"),
    Picture("Art/Signals.webp", (1000, 1400), partial(abstracts.ridgelines, paper="0d0f14", ink=NEON),
            "2021-12-05T22:01:00+01:00"),
    Picture("Wallpapers/Outrun 1920x1080.jpg", (1920, 1080), abstracts.synthwave,
            "2021-10-02T10:00:00+02:00",
            caption=Caption("Outrun", ("wallpaper", "neon"), 3)),
    Picture("Wallpapers/Gradient.webp", (2560, 1440), partial(abstracts.mesh, hues=("ff6f61", "6a4c93", "ffb86b", "1982c4", "f7f0ff")),
            "2021-10-02T10:04:00+02:00"),
    Picture("Wallpapers/Terraces 3000x2000.jpg", (3000, 2000), partial(abstracts.contours, hues=TERRACE, line="fff4e0"),
            "2021-10-02T10:09:00+02:00",
            caption=Caption("Paper terraces", ("wallpaper", "abstract"), 4)),
    Picture("Wallpapers/phone/Moonlit ridge.jpg", (900, 1950), partial(mountains.mist, light=mountains.BLUE, night=True),
            "2021-10-03T09:30:00+02:00"),
)  # fmt: skip

_MATERIALS = (
    Picture("Textures/oak_boards_diffuse.jpg", (1024, 1024), graphics.wood,
            "2020-05-09T11:00:00+02:00"),
    Picture("Textures/glazed_tiles_diffuse.jpg", (1024, 1024), partial(graphics.tiles, hues=GLAZE),
            "2020-05-09T11:20:00+02:00"),
    Picture("Scans/Grindelwald 1931.tif", (1080, 720),
            lambda r, w, h: graphics.aged(r, mountains.peaks(r, w, h, mountains.MORNING), "Grindelwald, August 1931"),
            "2018-03-17T15:10:00+01:00",
            caption=Caption("Grindelwald, August 1931", ("scan", "mountain", "family album"), 3)),
    Picture("Scans/Herbarium 27.jpg", (1000, 1400), partial(graphics.herbarium, label="Dryopteris filix-mas"),
            "2018-03-17T15:32:00+01:00",
            caption=Caption("Male fern", ("scan", "plant", "herbarium"), 2)),
    Picture("Scans/Old quay.bmp", (640, 480), lambda r, w, h: graphics.aged(r, towns.harbour(r, w, h, shores.PEARL), "The old quay, 1928"),
            "2018-03-17T15:50:00+01:00"),
)  # fmt: skip

_ICONS = (
    Picture("Icons/Sun.png", (512, 512), partial(graphics.icon, shape="sun", hues=("ffb347", "ff7a59")), "2020-06-01T10:00:00+02:00"),
    Picture("Icons/Moon.png", (256, 256), partial(graphics.icon, shape="moon", hues=("3b3f8f", "1b1b4b")), "2020-06-01T10:00:00+02:00"),
    Picture("Icons/Peak.png", (256, 256), partial(graphics.icon, shape="peak", hues=("4fb0a5", "1f5f6f")), "2020-06-01T10:00:00+02:00"),
    Picture("Icons/Star.png", (256, 256), partial(graphics.icon, shape="star", hues=("ffcf56", "f08a24")), "2020-06-01T10:00:00+02:00"),
    Picture("Icons/Wave.png", (256, 256), partial(graphics.icon, shape="wave", hues=("56b6f7", "1f6fd0")), "2020-06-01T10:00:00+02:00"),
)  # fmt: skip

ODD_NAMES = (
    Picture("Odd names/-starts with a dash.jpg", (720, 480), partial(shores.dunes, sky=shores.PEARL),
            "2017-05-01T10:00:00+02:00"),
    Picture("Odd names/\"double\" and 'single' quotes.jpg", (720, 480), closeups.leaf,
            "2017-05-01T10:01:00+02:00"),
    Picture("Odd names/桜 の 写真 🌸.jpg", (720, 480), closeups.blossom,
            "2017-05-01T10:02:00+02:00"),
    Picture("Odd names/Größe & Übermaß; 100% #1.jpg", (480, 720), partial(abstracts.glass, hues=WINDOW, cells=6),
            "2017-05-01T10:03:00+02:00"),
    Picture("Odd names/two  spaces   and a dot..jpg", (720, 480), partial(abstracts.marble, hues=MOSS),
            "2017-05-01T10:04:00+02:00"),
    Picture("Odd names/twin \u00e9.jpg", (480, 480), partial(graphics.tiles, hues=GLAZE),
            "2017-05-01T10:06:00+02:00"),
    Picture("Odd names/twin e\u0301.jpg", (480, 480), partial(graphics.tiles, hues=WINDOW),
            "2017-05-01T10:07:00+02:00"),
    Picture("Odd names/latin-1 caf\udce9.jpg", (720, 480), partial(mountains.mist, light=mountains.JADE),
            "2017-05-01T10:08:00+02:00"),
    Picture("Odd names/" + "a very long name that goes on and on " * 6 + "end.jpg", (720, 480),
            partial(mountains.mist, light=mountains.DUSK),
            "2017-05-01T10:09:00+02:00"),
)  # fmt: skip

ARTWORKS: tuple[Picture, ...] = (*_POSTERS, *_ABSTRACTS, *_MATERIALS, *_ICONS)
