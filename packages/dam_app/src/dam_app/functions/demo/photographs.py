"""The photographs of the demo collection, newest first."""

from __future__ import annotations

from functools import partial

from dam_app.functions.demo import closeups, mountains, shores, towns
from dam_app.functions.demo.canvas import Stops
from dam_app.functions.demo.picture import Camera, Caption, Exposure, Picture, Place

FUJI = Camera("FUJIFILM", "X-T5", "XF16-55mmF2.8 R LM WR")
FUJI_MACRO = Camera("FUJIFILM", "X-T5", "XF80mmF2.8 R LM OIS WR Macro")
NIKON = Camera("NIKON CORPORATION", "NIKON Z 6_2", "NIKKOR Z 24-120mm f/4 S")
SONY = Camera("SONY", "ILCE-7M4", "FE 24mm F1.4 GM")
CANON = Camera("Canon", "Canon EOS R6", "RF24-105mm F4 L IS USM")
OLD_CANON = Camera("Canon", "Canon EOS 6D", "EF17-40mm f/4L USM")
DRONE = Camera("DJI", "FC3411")
PHONE = Camera("Apple", "iPhone 13 Pro", "iPhone 13 Pro back triple camera 5.7mm f/1.5")

DAY, WIDE, NIGHT = Exposure((1, 250), 8, 100, 35), Exposure((1, 125), 11, 100, 24), Exposure((15, 1), 4, 1600, 24)
NEAR, LOW, AIR = Exposure((1, 200), 4, 200, 80), Exposure((1, 60), 5.6, 400, 28), Exposure((1, 800), 2.8, 100, 8.4)
SNAP = Exposure((1, 120), 1.5, 64, 5.7)

REINE = Place(67.9325, 13.0886, 12, "Reine", "Norway")
SENJA = Place(69.4010, 17.2660, 4, "Senja", "Norway")
HALDEN = Place(59.1229, 11.3875, 180, "Halden", "Norway")
VALENSOLE = Place(43.8376, 5.9831, 590, "Valensole", "France")
BERGEN = Place(60.3971, 5.3245, 3, "Bergen", "Norway")
COPENHAGEN = Place(55.6798, 12.5907, 2, "København", "Denmark")
FRANKFURT = Place(50.1046, 8.6821, 98, "Frankfurt am Main", "Germany")
ATACAMA = Place(-22.9187, -68.2897, 2530, "San Pedro de Atacama", "Chile")
COOK = Place(-18.8600, -159.7850, 120, "Aitutaki", "Cook Islands")
ICELAND = Place(64.0784, -16.2306, 110, "Jökulsárlón", "Iceland")
ALPS = Place(46.6863, 7.8632, 1720, "Interlaken", "Switzerland")
LISBON = Place(38.6979, -9.4215, 9, "Cascais", "Portugal")
GARDEN = Place(52.4581, 13.3045, 50, "Berlin", "Germany")

DUSK_SKY: Stops = ((0, "0b1236"), (0.4, "2d2a6b"), (0.7, "9a4a80"), (0.9, "f08a5d"), (1, "ffc371"))
NIGHT_SKY: Stops = ((0, "04081c"), (0.5, "0e2148"), (0.85, "285080"), (1, "6f9ac0"))
STAR_SKY: Stops = ((0, "060a20"), (0.6, "1b2c5a"), (1, "5a6a98"))
LAVENDER: Stops = ((0, "1d1230"), (0.3, "3c2a4f"), (0.5, "5f3b94"), (0.75, "9a6fd0"), (1, "e2bdf5"))
TULIPS: Stops = ((0, "17301a"), (0.3, "2f6a2c"), (0.5, "b3202c"), (0.75, "f2503b"), (1, "ffd36b"))
ATOLL: Stops = (
    *((0, "04304f"), (0.3, "0a5a86"), (0.42, "1aa6b7"), (0.49, "8fe3d0"), (0.5, "f5e6c0")),
    *((0.53, "e8d3a0"), (0.56, "6f9a4a"), (0.75, "2f6238"), (1, "8a8a78")),
)
ICE: Stops = ((0, "02141f"), (0.35, "0a3a4e"), (0.46, "2f8296"), (0.5, "d8eef2"), (0.6, "ffffff"), (0.8, "dfeaf2"), (1, "b8c8d8"))
ROSE: Stops = ((0, "7a0f3c"), (0.5, "d13a6e"), (0.85, "ff8fa8"), (1, "ffe0a0"))
AMBER: Stops = ((0, "a6481a"), (0.5, "f0852b"), (1, "ffe38a"))
TOWN_LIGHTS = ("ffb347", "ff7a59", "ffd76e", "6ec6ff", "ff5f8f")

LANDSCAPE, PORTRAIT, PANORAMA = (1620, 1080), (1080, 1440), (2700, 900)

PHOTOGRAPHS: tuple[Picture, ...] = (
    Picture("2025/Lofoten/DSC_4518.jpg", LANDSCAPE, mountains.aurora,
            "2025-09-26T23:41:12+02:00", SONY, NIGHT, REINE,
            Caption("Northern lights over the lake", ("aurora", "night", "Norway", "landscape"), 5)),
    Picture("2025/Lofoten/DSC_4471.jpg", LANDSCAPE, partial(mountains.peaks, light=mountains.MORNING),
            "2025-09-26T10:05:40+02:00", NIKON, DAY, REINE,
            Caption("Fresh snow above the fjord", ("mountain", "lake", "Norway", "landscape"), 4)),
    Picture("2025/Lofoten/DSC_4402.jpg", PORTRAIT, partial(mountains.mist, light=mountains.JADE, steep=1.5, layers=7),
            "2025-09-25T08:12:09+02:00", NIKON, WIDE, SENJA,
            Caption("Morning fog", ("mountain", "fog", "forest"), 4), orientation=6),
    Picture("2025/Garden/DSCF2260.jpg", PORTRAIT, partial(closeups.dahlia, petals=ROSE),
            "2025-08-30T11:20:31+02:00", FUJI_MACRO, NEAR, GARDEN,
            Caption("Dahlia", ("flower", "garden", "macro"), 5), orientation=8),
    Picture("2025/Harbour/DSCF1987.jpg", LANDSCAPE, partial(towns.harbour, sky=shores.TROPIC),
            "2025-08-14T15:32:18+02:00", FUJI, DAY, COPENHAGEN,
            Caption("Houses on the quay", ("harbour", "city", "Denmark", "boat"), 4)),
    Picture("2025/Harbour/DSCF2014.jpg", PANORAMA, partial(towns.harbour, sky=DUSK_SKY, lit=0.75, shade="5a4a8a"),
            "2025-08-14T21:48:02+02:00", FUJI, LOW, BERGEN,
            Caption("Harbour lights", ("harbour", "city", "night", "panorama"), 5)),
    Picture("2025/Provence/DSCF1630.jpg", LANDSCAPE, partial(shores.field, sky=shores.SUNSET, rows=LAVENDER),
            "2025-07-06T20:51:47+02:00", FUJI, WIDE, VALENSOLE,
            Caption("Lavender at sunset", ("field", "sunset", "France", "landscape"), 5)),
    Picture("2025/Provence/DSCF1655.jpg", (1350, 1350), closeups.sunflower,
            "2025-07-07T10:02:55+02:00", FUJI_MACRO, NEAR, VALENSOLE,
            Caption("Sunflower", ("flower", "macro", "France"), 4)),
    Picture("2025/Cook Islands/DJI_0087.JPG", LANDSCAPE, partial(shores.coast, heights=ATOLL),
            "2025-05-18T09:30:00-10:00", DRONE, AIR, COOK,
            Caption("Lagoon from above", ("aerial", "sea", "island"), 5)),
    Picture("2025/Spring/DSCF0911.jpg", LANDSCAPE, closeups.blossom,
            "2025-04-12T13:44:20+02:00", FUJI_MACRO, NEAR, GARDEN,
            Caption("Cherry blossom", ("flower", "spring", "tree"), 4)),
    Picture("2025/Spring/DSCF0940.jpg", PORTRAIT, mountains.forest,
            "2025-04-20T07:15:33+02:00", FUJI, LOW, HALDEN,
            Caption("First light in the wood", ("forest", "fog", "tree"), 4)),
    Picture("2024/Frankfurt/DSC_3820.jpg", LANDSCAPE, partial(towns.skyline, sky=DUSK_SKY),
            "2024-10-11T18:52:10+02:00", NIKON, LOW, FRANKFURT,
            Caption("Blue hour at the river", ("city", "night", "skyline", "Germany"), 4)),
    Picture("2024/Autumn/DSC_3711.jpg", LANDSCAPE, partial(mountains.forest, haze="ffe9bd", dark="2a1610", leaf="c9772b"),
            "2024-10-05T09:20:00+02:00", NIKON, LOW, HALDEN,
            Caption("October", ("forest", "autumn", "tree"), 4)),
    Picture("2024/Portugal/DSC_3105.jpg", LANDSCAPE, partial(shores.sea, sky=shores.SUNSET),
            "2024-06-23T20:58:31+01:00", NIKON, DAY, LISBON,
            Caption("Last light on the Atlantic", ("sea", "sunset", "Portugal"), 5)),
    Picture("2024/Portugal/DSC_3122.jpg", PANORAMA, partial(shores.sea, sky=shores.PEARL, sun=(0.3, 0.42), cloud=0.6),
            "2024-06-24T06:31:02+01:00", NIKON, DAY, LISBON),
    Picture("2024/Garden/DSCF0402.jpg", LANDSCAPE, closeups.leaf,
            "2024-05-28T17:05:12+02:00", FUJI_MACRO, NEAR, GARDEN,
            Caption("After the rain", ("leaf", "macro", "garden", "water"), 3)),
    Picture("2024/Garden/DSCF0377.jpg", LANDSCAPE, partial(shores.field, sky=shores.TROPIC, rows=TULIPS, sun=(0.3, 0.2)),
            "2024-04-27T16:40:41+02:00", FUJI, DAY, None,
            Caption("Tulip rows", ("field", "flower", "spring"), 3)),
    Picture("2023/Harbour/DSC_2290.jpg", PANORAMA, partial(towns.skyline, sky=NIGHT_SKY),
            "2023-11-18T19:05:00+01:00", NIKON, NIGHT, FRANKFURT,
            Caption("The city after rain", ("city", "night", "skyline", "panorama"), 4)),
    Picture("2023/Harbour/DSC_2251.jpg", LANDSCAPE, partial(closeups.bokeh, sky=((0, "0a0f24"), (1, "3a2450")), hues=TOWN_LIGHTS),
            "2023-11-17T21:14:50+01:00", NIKON, NIGHT),
    Picture("2023/Iceland/DJI_0312.JPG", (1350, 1350), partial(shores.coast, heights=ICE, cells=3),
            "2023-03-11T12:10:09+00:00", DRONE, AIR, ICELAND,
            Caption("Glacier mouth", ("aerial", "ice", "sea", "Iceland"), 4)),
    Picture("2022/Alps/IMG_7720.JPG", LANDSCAPE, partial(mountains.peaks, light=mountains.DAWN),
            "2022-09-03T19:02:17+02:00", CANON, DAY, ALPS,
            Caption("Alpenglow", ("mountain", "lake", "sunset", "Switzerland"), 4)),
    Picture("2022/Alps/IMG_7731.JPG", PANORAMA, partial(mountains.mist, light=mountains.GOLD, steep=0.8, rough=0.42),
            "2022-09-04T06:48:55+02:00", CANON, WIDE, ALPS,
            Caption("Ridge upon ridge", ("mountain", "fog", "panorama"), 3)),
    Picture("2021/Atacama/IMG_5102.JPG", LANDSCAPE, partial(shores.dunes, sky=shores.TROPIC),
            "2021-11-08T17:40:12-03:00", CANON, DAY, ATACAMA,
            Caption("Valley of the Moon", ("desert", "dune", "Chile", "landscape"), 4)),
    Picture("2021/Atacama/IMG_5160.JPG", LANDSCAPE, partial(shores.dunes, sky=STAR_SKY, lit="7f86a8", shade="1a1a33", night=True),
            "2021-11-08T23:55:41-03:00", CANON, NIGHT, ATACAMA,
            Caption("Desert night", ("desert", "night", "stars"), 4)),
    Picture("2019/Norway/IMG_0398.JPG", LANDSCAPE, partial(mountains.mist, light=mountains.DAWN),
            "2019-07-13T04:22:36+02:00", OLD_CANON, WIDE, SENJA,
            Caption("Four in the morning", ("mountain", "fog", "Norway"), 4)),
    Picture("2019/Norway/IMG_0412.JPG", LANDSCAPE, partial(mountains.mist, light=mountains.MORNING, lake=0.68),
            "2019-07-14T07:03:11+02:00", OLD_CANON, DAY, HALDEN,
            Caption("Still water", ("lake", "forest", "Norway"), 3)),
    Picture("2019/Norway/IMG_0455.JPG", LANDSCAPE, partial(mountains.mist, light=mountains.DUSK, layers=7, pines=False),
            "2019-07-16T22:40:08+02:00", OLD_CANON, LOW, SENJA,
            Caption("Midsummer dusk", ("mountain", "sunset", "Norway"), 5)),
    Picture("2019/Norway/IMG_0460.JPG", PORTRAIT, partial(mountains.mist, light=mountains.BLUE, night=True, steep=1.3),
            "2019-07-17T00:35:29+02:00", OLD_CANON, NIGHT, SENJA,
            orientation=8),
    Picture("Camera roll/IMG_1204.jpg", (1080, 1440), partial(closeups.dahlia, petals=AMBER, at=(0.42, 0.55), size=0.6),
            "2022-08-21T14:12:03+02:00", PHONE, SNAP, GARDEN,
            orientation=6),
    Picture("Camera roll/IMG_1187.webp", (1440, 1080), partial(shores.sea, sky=shores.TROPIC, sun=(0.7, 0.3), cloud=0.62),
            "2022-07-30T16:20:45+01:00", PHONE, SNAP, LISBON,
            Caption("Beach afternoon", ("sea", "holiday"), 2)),
)  # fmt: skip
