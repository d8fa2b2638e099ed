using Market.Chains.Engine;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>What a parsed share takes of memory, with those that it names (<see cref="BlockMemory"/>).</summary>
internal static class ShareMemory
{
    private const int PerShare = 768;

    /// <summary>Bytes of memory, estimated.</summary>
    public static long Of(ShareBlock share) =>
        PerShare + share.Proof.Length + BlockMemory.Of(share.Transactions) + share.Named.Sum(Of);

    /// <summary>The same of one that is named.</summary>
    public static long Of(NamedShare named) =>
        PerShare + named.Length + BlockMemory.Of([named.Sharebase, named.Proof.MainCoinbase]);
}
