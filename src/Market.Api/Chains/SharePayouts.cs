using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>Whom a share block pays and why, for every payout rule: from the block itself, and from what was said of the share
/// below
/// it while that was the tip.</summary>
/// <param name="chains">The chains.</param>
/// <param name="indexes">What was said at each tip.</param>
internal sealed class SharePayouts(ChainPair chains, ChainIndexes indexes)
{
    private SharechainProfile Profile => chains.Shares.Profile;

    /// <summary>The mainchain side of a share block.</summary>
    public async Task<ShareProof> OfAsync(ShareBlock share, CancellationToken cancel)
    {
        var header = share.Proof.MainHeader;
        var paid = share.Proof.MainCoinbase.Outputs.Where(output => output.Value != Amount.Zero).ToList();
        var said = indexes.PayoutAfter(chains.Shares, share.Header.Parent);
        var main = header.MeetsOwnTarget ? await chains.Main.GetHeaderAsync(header.Id, cancel) : null;
        var redeems = header.MeetsOwnTarget && Profile.Payout is PayoutDesign.Redeemed;
        var built = redeems ? (await chains.Shares.GetDirectoryAsync(cancel)).MainHeight : 0;
        var mainTip = header.MeetsOwnTarget ? (await chains.Main.GetTipAsync(cancel)).Height : 0;
        return new ShareProof
        {
            MainHeaderId = header.Id.ToString(),
            MainParent = header.Previous.ToString(),
            IsMainBlock = header.MeetsOwnTarget,
            Paid = paid.Count > 0 ? Payee(paid[0].ScriptPubKey) : "nobody",
            Amount = new Sats(paid.Sum(output => output.Value.Sats)),
            Rule = Profile.Payout.Words,
            Reason = PayoutWords.Why(Profile.Payout, (int)share.Header.Height - 1, said?.TotalUnits),
            Payees = [.. paid.Select(output => new PaidParty
            {
                Address = Payee(output.ScriptPubKey),
                Amount = new Sats(output.Value.Sats),
                Weight = WeightOf(said, output.ScriptPubKey),
            })],
            Total = said is null ? null : new Quantity(said.TotalUnits),
            Draws = [.. (said?.Draws ?? []).Select(draw => new DrawnOutput
            {
                Index = draw.Index,
                Unit = new Quantity(draw.Unit),
                Outpoint = draw.Coin.OutPoint.ToString(),
                Value = new Quantity(draw.Coin.Value.Sats),
                Address = draw.Coin.Payout is { } payout ? Payee(payout) : "",
            })],
            Window = said is null ? null : WindowOf(share, said, paid.Count),
            Redeemed = header.MeetsOwnTarget ? RedemptionOf(share, said, main, built) : null,
            Named = [.. share.Named.Select(named => Of(named, share.Header.Version == ShareHeader.WeakVersion))],
            Late = [.. LateRegistration.ReadAll(share).Select(late => new RegisteredWork
            {
                Block = late.Header.Id.ToString(),
                Key = late.Key is { } key ? Convert.ToHexStringLower(key.ToArray()) : null,
            })],
            Fate = header.MeetsOwnTarget ? PayoutWords.Fate(main, mainTip) : null,
        };
    }

    private string Payee(Script script) => chains.Payee(ChainName.Mainchain, script);

    private Quantity? WeightOf(NextPayout? said, Script script) =>
        said?.Holders.FirstOrDefault(holder => holder.Script == script) is { Weight: > 0 } holder
            ? new Quantity(holder.Weight)
            : null;

    private PaidWindow? WindowOf(ShareBlock share, NextPayout said, int paid)
    {
        if (Profile.Window is not { } window) return null;
        var left = (long)share.Header.Height - said.WindowStart;
        return new PaidWindow
        {
            Start = said.WindowStart,
            Most = window.Holders,
            Dust = new Sats(WindowSplit.Dust),
            FellOut = Math.Max(0, said.Holders.Length - paid),
            ExpectedExpiry = said.WindowStart == 0
                ? null
                : DateTimeOffset.FromUnixTimeSeconds(share.Header.Time).AddSeconds(left * (double)Profile.TargetSpacing),
        };
    }

    private Redemption? RedemptionOf(ShareBlock share, NextPayout? said, MainHeader? main, int built)
    {
        if (Profile.Payout is not PayoutDesign.Redeemed rule) return null;
        if (CoinbaseHeight.Read(share.Proof.MainCoinbase.Inputs[0].ScriptSig) is not { } height) return null;
        return new Redemption
        {
            Outpoint = said is { Draws: [var draw, ..] } ? draw.Coin.OutPoint.ToString() : null,
            DecidedFrom = (long)height + rule.MainDepth,
            State = PayoutWords.Redemption(main is { OnBestChain: true }, built, height + rule.MainDepth),
        };
    }

    private NamedWork Of(NamedShare named, bool isWeak) => new()
    {
        Id = named.Id.ToString(),
        Kind = isWeak ? NamedKind.Weak : NamedKind.Uncle,
        Height = named.Header.Height,
        Maker = chains.Payee(ChainName.Sharechain, named.Maker),
        Work = (isWeak ? named.Header.WeakBits : named.Header.Bits).Work().ToDouble(),
        IsMainBlock = named.Proof.MainHeader.MeetsOwnTarget,
    };
}
