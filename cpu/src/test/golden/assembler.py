"""Writes ../resources/assembler.txt: instructions and the bytes that GNU as makes of them.

Lines are `instruction | bytes`. Where there are equivalent encodings, the prefixes {vex3}, {vex}
and {disp32} ask for the one that the project's assembler chooses. Needs as and objcopy.
"""

import itertools
import pathlib
import subprocess
import tempfile

LOW = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"]
GPR = LOW + [f"r{i}" for i in range(8, 16)]
BYTE = {"rax": "al", "rcx": "cl", "rdx": "dl", "rbx": "bl"} | {r: r + "b" for r in GPR[8:]}
HALF = {r: "e" + r[1:] if r in LOW else r + "d" for r in GPR}
# base, index and scale: those that need another form (RSP and R12 as base, RBP and R13 without
# offset), and all scales
PLACES = ["rax", "rbp", "r13", "rsp", "r12", "rax+rcx*4", "r12+r13*8", "rsp+rbp*2", "rbp+r15*1",
          "r9+rax*1", "r13+r12*4"]
OFFSETS = [0, 0x10, -0x80, 0x7F, 0x80, -0x81, 0x12345]
lines = []
place = itertools.cycle(PLACES)
offset = itertools.cycle(OFFSETS)


def at(size="", disp=None):
    d = next(offset) if disp is None else disp
    return f"{size} ptr [{next(place)}{d:+#x}]" if d else f"{size} ptr [{next(place)}]"


def general():
    pairs = [("rax", "rcx"), ("r9", "rdx"), ("rsi", "r14"), ("r15", "r8"), ("rsp", "rbp")]
    for name in ["mov", "add", "sub", "or", "cmp", "test", "imul"]:
        lines.extend(f"{name} {a}, {b}" for a, b in pairs)
    for name in ["mov", "add"]:
        for p, d in itertools.product(PLACES, OFFSETS):
            lines.append(f"{name} {GPR[len(lines) % 16]}, qword ptr [{p}{d:+#x}]" if d else
                         f"{name} {GPR[len(lines) % 16]}, qword ptr [{p}]")
    for i, r in enumerate(GPR):
        lines.append(f"mov {at('qword')}, {r}")
        lines.append(f"mov {at('dword')}, {HALF[r]}")
        if r in BYTE:
            lines.append(f"mov {at('byte')}, {BYTE[r]}")
        lines.append(f"movzx {HALF[r]}, {at('word')}")
        lines.append(f"movsxd {r}, {at('dword')}")
        lines.append(f"lea {r}, {at('qword')}")
        lines.append(f"prefetcht0 {at('byte')}")
        lines.append(f"mov {HALF[r]}, {0x7FFFFFFF - i}")
        lines.append(f"movabs {r}, {0x123456789ABCDEF0 + i}")
        lines.append(f"push {r}")
        lines.append(f"pop {r}")
        lines.append(f"shl {r}, {2 + i}")
        lines.append(f"shr {r}, {63 - i}")
        # as has a shorter form for rax and 32 bits, which the assembler does without
        for name, value in itertools.product(["add", "sub", "and", "cmp"], [1, -128, 127, 128, -129]):
            if r != "rax" or -128 <= value <= 127:
                lines.append(f"{name} {r}, {value}")
    for name, value in itertools.product(["add", "sub", "cmp"], [1, -128, 127, 128, 0x12345]):
        lines.append(f"{name} {at('qword')}, {value}")
    lines.extend(["cpuid", "xgetbv", "ret", "vzeroupper"])
    for name in ["jmp", "jb", "jae", "jz", "jnz", "jl", "jge", "jle", "jg"]:
        lines.extend(f"{{disp32}} {name} .{d}" for d in ["+6", "+200", "-1", "-300"])


SIZE = {2: "word", 4: "dword", 8: "qword", 16: "xmmword", 32: "ymmword", 64: "zmmword"}
WIDTH = {128: "xmm", 256: "ymm", 512: "zmm"}
NUMBERS = [(1, 2, 3), (9, 2, 3), (1, 10, 3), (1, 2, 11), (15, 14, 13)]
HIGH = [(17, 2, 3), (1, 18, 3), (1, 2, 19), (25, 26, 27), (31, 30, 29), (8, 12, 24)]
numbers = itertools.cycle(NUMBERS)
high = itertools.cycle(HIGH)
multiple = itertools.cycle([1, 127, -128, 128, 0, 3])


def write(prefix, name, *operands):
    lines.append(f"{prefix}{name} " + ", ".join(operands))


def vector(name, form, shape, memory=None, broadcast=False, after="", evex_name=None):
    """One instruction in all its widths.

    form: "both", "vex" or "evex"; shape: three registers ("dab"), two ("ds") or the other way
    round ("sd"); memory: bytes of its memory operand by its width, none if 0.
    """
    sizes = memory or {128: 16, 256: 32, 512: 64}
    evex_name = evex_name or name
    prefix = "{vex} " if name == "vpdpbusd" else "{vex3} "

    def one(prefix, name, width, n, last):
        first, second = n[0], n[1]
        d = f"{WIDTH[width]}{first}"
        a = [f"{WIDTH[width]}{second}"] if shape == "dab" else []
        operands = [last, d] if shape == "sd" else [d, *a, last]
        write(prefix, name, *operands, *([after] if after else []))

    def register(width, n):
        size = sizes[width] or width // 8
        return f"{ {16: 'xmm', 32: 'ymm', 64: 'zmm'}.get(size, 'xmm') }{n}"

    for width in [128, 256, 512]:
        if width not in sizes:
            continue
        size = sizes[width]
        if form != "evex" and width < 512:
            for n in NUMBERS:
                one(prefix, name, width, n, register(width, n[2]))
            if size:
                for _ in range(3):
                    one(prefix, name, width, next(numbers), at(SIZE[size]))
        if form != "vex":
            for n in HIGH[:] if width < 512 else [NUMBERS[0], *HIGH]:
                if shape != "dab" and n[0] < 16 and n[2] < 16 and width < 512 and form == "both":
                    continue  # no operand here asks for EVEX
                one("", evex_name, width, n, register(width, n[2]))
            if size:
                for _ in range(3):
                    n = (17 + len(lines) % 15, *next(high)[1:])
                    one("", evex_name, width, n, at(SIZE[size], next(multiple) * size))
                one("", evex_name, width, (20, 3, 0), at(SIZE[size], size * 2 + 1))
            if broadcast:
                for d in [4 * next(multiple), 8, 5]:
                    to = "{1to%d}" % (width // 32)
                    one("", evex_name, width, next(numbers), at("dword", d) + to)


def vectors():
    both = "vaddps vsubps vmulps vdivps vminps vmaxps vfmadd213ps vfmadd231ps vfnmadd231ps " \
           "vfmadd132ps vpaddd vpsubd vpmaxud vpmulld vpackssdw vunpcklps vunpckhps"
    for name in both.split():
        vector(name, "both", "dab", broadcast=True)
    for name in ["vpxor", "vpand", "vpandn", "vpor"]:
        vector(name, "both", "dab", broadcast=True, evex_name=name + "d")
    for name in ["vpaddw", "vpaddb", "vpsubb", "vpmaddwd", "vpmaddubsw", "vpmullw", "vpacksswb"]:
        vector(name, "both", "dab")
    vector("vpsignb", "vex", "dab")
    vector("vpcmpgtd", "vex", "dab")
    vector("vperm2f128", "vex", "dab", {256: 32}, after="0x31")
    vector("vpdpbusd", "evex", "dab", broadcast=True)
    vector("vpdpbusd", "vex", "dab")
    vector("vdpbf16ps", "evex", "dab", broadcast=True)
    vector("vpternlogd", "evex", "dab", broadcast=True, after="0x96")
    vector("vshufps", "both", "dab", broadcast=True, after="0x4e")
    vector("vpabsb", "both", "ds")
    for name in ["vcvtdq2ps", "vcvtps2dq", "vsqrtps"]:
        vector(name, "both", "ds", broadcast=True)
    vector("vroundps", "vex", "ds", after="8")
    vector("vcvtph2ps", "both", "ds", {128: 8, 256: 16, 512: 32})
    vector("vpmovzxwd", "both", "ds", {128: 8, 256: 16, 512: 32})
    vector("vpmovzxbd", "both", "ds", {128: 4, 256: 8, 512: 16})
    vector("vpmovsxbd", "both", "ds", {128: 4, 256: 8, 512: 16})
    vector("vcvtps2ph", "both", "sd", {128: 8, 256: 16, 512: 32}, after="0")
    vector("vpermq", "both", "ds", {256: 32, 512: 64}, after="0xd8")
    vector("vpbroadcastd", "both", "ds", {128: 4, 256: 4, 512: 4})
    vector("vbroadcastss", "both", "ds", {128: 4, 256: 4, 512: 4})
    vector("vextractf128", "both", "sd", {256: 16, 512: 16}, after="1", evex_name="vextractf32x4")
    lines[:] = [l for l in lines if not ("vextractf" in l and "ptr" in l)]
    for n in [0, 9, 17, 31]:
        write("", "vextractf64x4", f"ymm{n}", f"zmm{31 - n}", str(n % 2))
    for d, s in [(128, 256), (256, 512)]:
        for n in [1, 18, 27]:
            write("", "vcvtneps2bf16", f"{WIDTH[d]}{n}", f"{WIDTH[s]}{n + 3}")
            write("", "vcvtneps2bf16", f"{WIDTH[d]}{n}", at(SIZE[s // 8], s // 8 * n))
    for name in ["vpsrlw", "vpsllw", "vpsrld", "vpsrad", "vpslld"]:
        for width in [128, 256]:
            for d, s, _ in NUMBERS:
                write("{vex3} ", name, f"{WIDTH[width]}{d}", f"{WIDTH[width]}{s}", "5")
        for width in [128, 256, 512]:
            for d, s in [(17, 2), (1, 18), (31, 30)]:
                write("", name, f"{WIDTH[width]}{d}", f"{WIDTH[width]}{s}", "13")
    for width in [128, 256, 512]:
        v, size = WIDTH[width], SIZE[width // 8]
        for i in range(8 if width < 512 else 0):
            write("{vex3} ", "vmovups", f"{v}{2 * i}", at(size))
            write("{vex3} ", "vmovups", at(size), f"{v}{2 * i + 1}")
            write("{vex3} ", "vmaskmovps", f"{v}{2 * i}", f"{v}{15 - i}", at(size))
            write("{vex3} ", "vmaskmovps", at(size), f"{v}{15 - i}", f"{v}{2 * i}")
        for i in range(16, 32, 2):
            write("", "vmovups", f"{v}{i}", at(size, next(multiple) * width // 8))
            write("", "vmovups", at(size, next(multiple) * width // 8), f"{v}{i + 1}")
    lines[:] = [l for l in lines if not (l.startswith("{vex3} vmaskmovps") and "zmm" in l)]
    vector("vmovaps", "both", "ds", {128: 0, 256: 0, 512: 0})
    for i in range(0, 32, 3):
        prefix = "{vex3} " if i < 16 else ""
        write(prefix, "vmovd", f"xmm{i}", at("dword"))
        write(prefix, "vmovd", at("dword"), f"xmm{i}")
        write(prefix, "vmovd", f"xmm{i}", HALF[GPR[i // 2]])
        if i < 16:
            write(prefix, "vmovq", f"xmm{i}", at("qword"))
            write(prefix, "vmovq", at("qword"), f"xmm{i}")
    vector("vpackuswb", "both", "dab")
    vector("vcvttps2dq", "both", "ds", broadcast=True)
    vector("vpbroadcastw", "both", "ds", {128: 2, 256: 2, 512: 2})
    for i in range(0, 32, 3):
        prefix, second = ("{vex3} ", (i + 5) % 16) if i < 16 else ("", 47 - i)
        write(prefix, "vpinsrw", f"xmm{i}", f"xmm{second}", at("word"), str(i % 8))


def assembled(instructions):
    """The bytes of each, by a label before each."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "a.s"), pathlib.Path(folder, "a.o")
        text = "".join(f"i{n}: {l}\n" for n, l in enumerate(instructions))
        source.write_text(f".intel_syntax noprefix\n{text}i{len(instructions)}:\n")
        listing = subprocess.run(["as", "-o", target, source], capture_output=True, text=True)
        if listing.returncode:
            raise SystemExit(listing.stderr)
        symbols = subprocess.run(["nm", target], capture_output=True, text=True, check=True).stdout
        where = {s.split()[2]: int(s.split()[0], 16) for s in symbols.splitlines()}
        binary = pathlib.Path(folder, "a.bin")
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", target, binary], check=True)
        code = binary.read_bytes()
        return [code[where[f"i{n}"]:where[f"i{n + 1}"]].hex() for n in range(len(instructions))]


general()
vectors()
fixture = pathlib.Path(__file__).parent.parent / "resources" / "assembler.txt"
fixture.write_text("".join(f"{l} | {b}\n" for l, b in zip(lines, assembled(lines))))
