using System.Threading.Channels;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>A share of a devnet, as a person watches it.</summary>
/// <param name="Height">Its height.</param>
/// <param name="Id">Its id.</param>
/// <param name="Named">Uncles or weak shares that it names.</param>
/// <param name="Paid">Scripts that its mainchain coinbase pays.</param>
/// <param name="Minted">Base units that its sharebase mints, fees included.</param>
/// <param name="Supply">Base units in all unspent, unexpired outputs at the tip by then, which may be a later share.</param>
/// <param name="Outputs">How many those are.</param>
/// <param name="IsMainBlock">True where it is a mainchain block too.</param>
public sealed record RowShare(
    int Height, string Id, int Named, int Paid, long Minted, long Supply, int Outputs, bool IsMainBlock);

/// <summary>
/// A devnet of one row in this process: embedded mainchain, sharechain and miner, in memory alone. Nothing is kept and nobody is
/// connected: it is for watching a row's rules act.
/// </summary>
public static class RowDevnet
{
    /// <summary>Mines until so many shares are on the best chain.</summary>
    /// <param name="row">The row; one whose name ends with "-devnet".</param>
    /// <param name="shares">How many.</param>
    /// <param name="hashesPerSecond">At most; null for as many as one thread can.</param>
    /// <param name="told">Told of every share of the best chain.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="stratum">Where miners may connect meanwhile; null where they may not.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What the processor's own miner did.</returns>
    /// <exception cref="NotSupportedException">There is no such devnet, or this build does not enforce its row.</exception>
    public static async Task<MinerReport> MineAsync(
        string row, int shares, long? hashesPerSecond, Action<RowShare> told, TimeProvider clock,
        StratumOptions? stratum = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(told);
        var profile = SharechainProfile.Find(row);
        if (profile is null || !row.EndsWith("-devnet", StringComparison.Ordinal))
        {
            throw new NotSupportedException($"There is no devnet of the name {row}.");
        }

        var scripts = ChainOpening.Scripts();
        var nobody = Script.FromHex("0014" + new string('0', 40));
        await using var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions { TreasuryScript = nobody }, scripts, new MemoryBlockStore(), clock, cancellation)
            .ConfigureAwait(false);
        await using var node = await ShareNode.OpenAsync(
            profile, scripts, new MemoryBlockStore(), main, clock, cancellation: cancellation).ConfigureAwait(false);
        var options = new MinerOptions { MaxHashesPerSecond = hashesPerSecond };
        await using var miner = new ShareMiner(node, Script.FromHex("0014" + new string('1', 40)), options, main, clock);
        var found = Channel.CreateUnbounded<ShareResult>();
        miner.Submitted += result => found.Writer.TryWrite(result);
        await using var server = stratum is null ? null : new StratumServer(node, main, stratum, clock);
        if (server is not null)
        {
            server.HandedIn += (_, result) => found.Writer.TryWrite(result);
            server.Start();
        }

        miner.Start();
        await foreach (var result in found.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            if (result.Code == SubmitCode.Accepted
                && await DescribeAsync(node, result, cancellation).ConfigureAwait(false) is { } share)
            {
                told(share);
                if (share.Height >= shares)
                {
                    break;
                }
            }
        }

        await miner.StopAsync().ConfigureAwait(false);
        return miner.Report;
    }

    private static async Task<RowShare?> DescribeAsync(ShareNode node, ShareResult result, CancellationToken cancellation)
    {
        var block = await node.GetShareAsync(result.Id, cancellation).ConfigureAwait(false);
        var figures = await node.GetFiguresAsync(cancellation).ConfigureAwait(false);
        return block is null ? null : new RowShare(
            (int)block.Header.Height, block.Id.ToString(), block.Named.Length,
            block.Proof.MainCoinbase.Outputs.Count(output => output.Value != Amount.Zero),
            block.Transactions[0].Outputs.Sum(output => output.Value.Sats),
            figures.Supply.Sats, figures.Coins, result.IsMainBlock);
    }
}
