namespace Market.Fuzzing;

/// <summary>Compact filters as a peer sends them: a block's id, then the filter.</summary>
internal static class FilterTarget
{
    // A count that no block has, ones without end, and the largest count there may be.
    private static readonly byte[][] Words =
    [
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xfd, 0xff, 0xff], [0xfe, 0x07, 0xb2, 0x01, 0x00],
        [0xff, 0xff, 0xff, 0xff], [0x00, 0x00, 0x00], [0x01],
    ];

    public static FuzzTarget Filter { get; } = FuzzTarget.Of(
        "filter", "CompactFilter.TryParse (BIP158), and what it holds",
        new AllocationBound(1024, 4),
        (byte[] input, out CompactFilter? value, out int error) =>
        {
            value = null;
            error = -1;
            if (input.Length < Hash256.Length)
            {
                return false;
            }

            var accepted = CompactFilter.TryParse(
                new BlockId(new Hash256(input.AsSpan(0, Hash256.Length))), input.AsMemory(Hash256.Length), out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => Check(input, value!),
        Fresh,
        Words);

    private static byte[] Fresh(RandomValues values)
    {
        var block = values.Block();
        var filter = CompactFilter.Of(block, Enumerable.Range(0, values.Below(40)).Select(_ => values.Script()));
        return [.. block.Id.Value.ToArray(), .. filter.Bytes.Span];
    }

    private static ulong Check(byte[] input, CompactFilter value)
    {
        Promise.Same(input.AsSpan(Hash256.Length), value.Bytes.Span, "a filter's bytes are those that it was read from");
        Promise.Holds(
            value.HeaderAfter(Hash256.Zero) == CompactFilter.HeaderOf(Hash256.DoubleSha256(value.Bytes.Span), Hash256.Zero),
            "a filter's header is of its hash and of the header before");
        Script[] asked = [.. Enumerable.Range(0, 8).Select(number => new Script(new byte[] { 0x51, (byte)number }))];
        var held = asked.Count(value.MayHold);
        Promise.Holds(value.MayHoldAny(asked) == held > 0, "several are asked for as each alone");
        Promise.Holds(value.HoldsAll(asked) == (held == asked.Length), "all are held where each is");
        Promise.Holds(value.Count > 0 || held == 0, "a filter of nothing holds nothing");
        return Shape.Of(100, Shape.Size(value.Count), Shape.Size(held));
    }
}
