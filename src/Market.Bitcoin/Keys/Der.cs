namespace Market.Bitcoin;

/// <summary>DER forms of ECDSA signatures: the strict one of BIP66 and the lax one that old blocks hold.</summary>
internal static class Der
{
    private static ReadOnlySpan<byte> HalfOrder =>
    [
        0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
    ];

    private static ReadOnlySpan<byte> Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
        0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];

    /// <summary>True where s, 32 bytes big-endian, is at most half the curve's order.</summary>
    public static bool IsLowS(ReadOnlySpan<byte> s) => s.SequenceCompareTo(HalfOrder) <= 0;

    /// <summary>True where r or s, 32 bytes each, is at or above the curve's order.</summary>
    public static bool Overflows(ReadOnlySpan<byte> compact) =>
        compact[..32].SequenceCompareTo(Order) >= 0 || compact[32..].SequenceCompareTo(Order) >= 0;

    /// <summary>BIP66's rule on a signature without its hash type's byte.</summary>
    public static bool IsStrict(ReadOnlySpan<byte> der)
    {
        // 0x30 length 0x02 rLength r 0x02 sLength s
        if (der.Length is < 8 or > 72 || der[0] != 0x30 || der[1] != der.Length - 2)
        {
            return false;
        }

        var rLength = der[3];
        if (5 + rLength >= der.Length)
        {
            return false;
        }

        var sLength = der[5 + rLength];
        return rLength + sLength + 6 == der.Length
            && IsStrictInteger(der[2], der.Slice(4, rLength))
            && IsStrictInteger(der[rLength + 4], der.Slice(rLength + 6, sLength));
    }

    /// <summary>Reads a strict signature.</summary>
    /// <returns>False where an integer is longer than 32 bytes: BIP66 allows it, and no key verifies it.</returns>
    public static bool TryReadStrict(ReadOnlySpan<byte> der, Span<byte> compact)
    {
        var rLength = der[3];
        var r = der.Slice(4, rLength).TrimStart((byte)0);
        var s = der[(6 + rLength)..].TrimStart((byte)0);
        if (r.Length > 32 || s.Length > 32)
        {
            return false;
        }

        compact.Clear();
        r.CopyTo(compact[(32 - r.Length)..]);
        s.CopyTo(compact[(64 - s.Length)..]);
        return true;
    }

    /// <summary>
    /// Reads what OpenSSL once read and consensus therefore accepts: any length form, padded or negative integers, junk
    /// at the end. Integers that do not fit 32 bytes become nought, which no key verifies.
    /// </summary>
    /// <returns>False where even that fails.</returns>
    public static bool TryReadLax(ReadOnlySpan<byte> der, Span<byte> compact)
    {
        compact.Clear();
        var at = 0;
        if (der.Length == 0 || der[at++] != 0x30 || at == der.Length)
        {
            return false;
        }

        // The sequence's length is skipped, not believed.
        var length = der[at++];
        if ((length & 0x80) != 0)
        {
            var count = length - 0x80;
            if (count > der.Length - at)
            {
                return false;
            }

            at += count;
        }

        if (!TryReadLaxInteger(der, ref at, out var r) || !TryReadLaxInteger(der, ref at, out var s))
        {
            return false;
        }

        r = r.TrimStart((byte)0);
        s = s.TrimStart((byte)0);
        if (r.Length <= 32 && s.Length <= 32)
        {
            r.CopyTo(compact[(32 - r.Length)..]);
            s.CopyTo(compact[(64 - s.Length)..]);
        }

        return true;
    }

    private static bool IsStrictInteger(byte tag, ReadOnlySpan<byte> value) =>
        tag == 0x02 && value.Length > 0 && value[0] < 0x80
        && (value.Length == 1 || value[0] != 0 || value[1] >= 0x80);

    private static bool TryReadLaxInteger(ReadOnlySpan<byte> der, ref int at, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (at == der.Length || der[at++] != 0x02 || at == der.Length)
        {
            return false;
        }

        var length = (int)der[at++];
        if ((length & 0x80) != 0)
        {
            var count = length - 0x80;
            if (count > der.Length - at)
            {
                return false;
            }

            for (; count > 0 && der[at] == 0; count--)
            {
                at++;
            }

            if (count >= 4)
            {
                return false;
            }

            for (length = 0; count > 0; count--)
            {
                length = (length << 8) + der[at++];
            }
        }

        if (length > der.Length - at)
        {
            return false;
        }

        value = der.Slice(at, length);
        at += length;
        return true;
    }
}
