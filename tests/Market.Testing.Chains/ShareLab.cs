using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Testing.Chains;

/// <summary>Shares found at once, on devnet's rules.</summary>
public static class ShareLab
{
    public static Task<ShareNode> NodeAsync(IMainchain main, TimeProvider clock, IBlockStore? store = null) =>
        ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, store ?? new MemoryBlockStore(), main, clock);

    /// <summary>Mines shares on the tip, two seconds apart.</summary>
    public static async Task<List<ShareBlock>> MineAsync(
        ISharechain chain, ManualClock clock, int count, Script miner)
    {
        var shares = new List<ShareBlock>();
        for (var i = 0; i < count; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            var share = Solve(await chain.GetTemplateAsync(miner));
            var result = await chain.SubmitShareAsync(share);
            Assert.True(result.Code == SubmitCode.Accepted, $"{result.Code}: {result.Detail}");
            shares.Add(share);
        }

        return shares;
    }

    /// <summary>The share that a template's work makes, with real work.</summary>
    public static ShareBlock Solve(ShareTemplate template)
    {
        Assert.True(template.ShareTarget.TryExpand(out var target));
        Span<byte> limit = stackalloc byte[Hash256.Length];
        target.WriteLittleEndian(limit);
        Span<uint> found = stackalloc uint[1];
        var scan = NonceScanner.Scan(template.MainHeader.ToArray(), 0, 1L << 32, limit, found);
        Assert.Equal(1, scan.Found);
        return template.ToShare(template.MainHeader with { Nonce = found[0] });
    }
}
