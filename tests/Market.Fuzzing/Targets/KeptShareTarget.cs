using Market.Chains.Shares;

namespace Market.Fuzzing;

/// <summary>Shares as stores keep them, with the mainchain headers that they need.</summary>
internal static class KeptShareTarget
{
    public static FuzzTarget Kept { get; } = FuzzTarget.Of(
        "share-kept", "KeptShare.Parse, as stores keep a share",
        new AllocationBound(8192, 64),
        (byte[] input, out KeptShare? value, out int error) =>
        {
            (value, error) = (KeptShare.Parse(input), 1);
            return value is not null;
        },
        (input, value) =>
        {
            Promise.Same(input, value!.ToArray(), "what is kept is written as it was read");
            Promise.Holds(value.MainHeaders.Length <= KeptShare.MostHeaders, "no more headers are read than are kept");
            return Shape.Of(100, Shape.Size(value.MainHeaders.Length), Shape.Size(value.Share.Transactions.Length));
        },
        values => new KeptShare(
            [.. Enumerable.Range(0, values.Below(4)).Select(_ => values.Header())], values.Share()).ToArray(),
        [[0], [1], [101], [102], [0xfd, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0x7f, 0x20]]);
}
