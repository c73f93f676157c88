"""Loads of several bytes at once for numba kernels: what numpy offers inside numba reads one byte at a time."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import platform
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, bits: int) -> Any:
    data = cgutils.create_struct_proxy(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.IntType(bits).as_pointer())


@intrinsic
def load_u64(_typing_context: Any, array: Any, index: Any) -> Any:
    """Load the 8 bytes of a uint8 array from ``index``, little endian; the caller has checked that they are there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        load = builder.load(_pointer(context, builder, signature.args[0], arguments[0], arguments[1], 64))
        load.align = 1
        return load

    return types.uint64(array, types.int64), generate


@intrinsic
def load_f32(_typing_context: Any, array: Any, index: Any) -> Any:
    """Load a 4-byte float of a uint8 array as float64; the caller has checked that the bytes are there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        load = builder.load(_pointer(context, builder, signature.args[0], arguments[0], arguments[1], 32))
        load.align = 1
        return builder.fpext(builder.bitcast(load, ir.FloatType()), ir.DoubleType())

    return types.float64(array, types.int64), generate


@intrinsic
def trailing_zeros(_typing_context: Any, value: Any) -> Any:
    """Count the zero bits below the lowest set one; ``value`` is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


def _bit_extract_native() -> bool:
    features = binding.get_host_cpu_features()
    return platform.machine() == "x86_64" and bool(features.get("bmi2"))


@intrinsic
def load_u8(_typing_context: Any, array: Any, index: Any) -> Any:
    """Load a byte of a uint8 array as uint64: numpy's own indexing tests for a negative index first."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.load(_pointer(context, builder, signature.args[0], arguments[0], arguments[1], 8)), ir.IntType(64))

    return types.uint64(array, types.int64), generate


@intrinsic
def low_7_bits_of_bytes(_typing_context: Any, word: Any) -> Any:
    """Put the low 7 bits of the 8 bytes of ``word`` next to each other: 56 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(64)
        if _bit_extract_native():
            extract = cgutils.get_or_insert_function(builder.module, ir.FunctionType(wide, [wide, wide]), "llvm.x86.bmi.pext.64")
            return builder.call(extract, [arguments[0], ir.Constant(wide, 0x7F7F7F7F7F7F7F7F)])
        word = builder.and_(arguments[0], ir.Constant(wide, 0x7F7F7F7F7F7F7F7F))
        for shift, odd, even in ((1, 0x3F803F803F803F80, 0x007F007F007F007F), (2, 0x0FFFC0000FFFC000, 0x00003FFF00003FFF),
                                 (4, 0x00FFFFFFF0000000, 0x000000000FFFFFFF)):  # fmt: skip
            high = builder.and_(builder.lshr(word, ir.Constant(wide, shift)), ir.Constant(wide, odd))
            word = builder.or_(high, builder.and_(word, ir.Constant(wide, even)))
        return word

    return types.uint64(types.uint64), generate


def has_crc32c() -> bool:
    """Tell whether the processor has an instruction for CRC-32C that numba can use here."""
    return platform.machine() == "x86_64" and bool(binding.get_host_cpu_features().get("sse4.2"))


@intrinsic
def crc32c_u64(_typing_context: Any, crc: Any, word: Any) -> Any:
    """Take 8 bytes into a CRC-32C."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(64)
        step = cgutils.get_or_insert_function(builder.module, ir.FunctionType(wide, [wide, wide]), "llvm.x86.sse42.crc32.64.64")
        return builder.call(step, arguments)

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def crc32c_u8(_typing_context: Any, crc: Any, byte: Any) -> Any:
    """Take a byte into a CRC-32C."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow, small, wide = ir.IntType(32), ir.IntType(8), ir.IntType(64)
        step = cgutils.get_or_insert_function(builder.module, ir.FunctionType(narrow, [narrow, small]), "llvm.x86.sse42.crc32.32.8")
        crc = builder.call(step, [builder.trunc(arguments[0], narrow), builder.trunc(arguments[1], small)])
        return builder.zext(crc, wide)

    return types.uint64(types.uint64, types.uint64), generate
