using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mining;
using Market.Chains.Shares;
using Market.Chains.Storage;
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
        return template.ToShare(HeaderSolver.Solve(template.MainHeader, target)!);
    }

    /// <summary>A weak share of a template's work: it meets what a miner may hand in, and is no share.</summary>
    public static ShareBlock SolveWeak(ShareTemplate template, bool isMainBlock = false) => template.ToShare(
        Enumerable.Range(0, int.MaxValue).Select(nonce => template.MainHeader with { Nonce = (uint)nonce }).First(header =>
            template.HandInTarget.IsMetBy(header.Id.Value) && !template.ShareTarget.IsMetBy(header.Id.Value)
            && (!isMainBlock || template.MainTarget.IsMetBy(header.Id.Value))));

    /// <summary>The same, of a share that is no block of the mainchain.</summary>
    public static ShareBlock SolveLosing(ShareTemplate template)
    {
        ulong extraNonce = 0;
        var share = Solve(template);
        while (template.MainTarget.IsMetBy(share.Proof.MainHeader.Id.Value))
        {
            share = Solve(template.WithExtraNonce(++extraNonce));
        }

        return share;
    }
}
