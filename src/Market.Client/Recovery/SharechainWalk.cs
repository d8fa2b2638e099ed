using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;
using Market.Swaps.Agent;

namespace Market.Client.Recovery;

/// <summary>How far a search has come.</summary>
/// <param name="Chain">Which chain is read.</param>
/// <param name="Height">The block read last.</param>
/// <param name="Tip">The last there is.</param>
/// <param name="Found">Swaps found so far.</param>
public sealed record RecoveryProgress(ChainKind Chain, int Height, int Tip, int Found);

/// <summary>Reads the sharechain from the wallet's first day to its tip and mempool for swaps and used addresses of the
/// seed.</summary>
internal sealed class SharechainWalk
{
    private const int MostTries = 8;
    private const int DeepestReorganisation = 100;
    private const int BlocksBetweenReports = 500;

    // Clocks are wrong now and then: a wallet's birthday is taken for a week earlier.
    private const long BirthdaySlack = 7 * 24 * 60 * 60;

    private readonly IChain _chain;
    private readonly IProgress<RecoveryProgress>? _progress;

    public SharechainWalk(WalletKeys keys, IChain chain, IProgress<RecoveryProgress>? progress)
    {
        (_chain, _progress) = (chain, progress);
        Addresses = new AddressSearch(keys, ChainKind.Sharechain, Wallet.GapLimit);
        Swaps = new SwapSearch(
            keys.SwapPublicKeys,
            index =>
            {
                using var preimage = keys.SwapPreimage(index);
                return preimage.Hash;
            });
    }

    /// <summary>The swaps found.</summary>
    public SwapSearch Swaps { get; }

    /// <summary>The addresses found.</summary>
    public AddressSearch Addresses { get; }

    /// <summary>Reads all of it.</summary>
    /// <param name="bornAt">When the seed was made, Unix seconds; 0 where that is not known.</param>
    /// <param name="from">A height below which all is known; null where nothing is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ChainUnavailableException">The chain does not answer, or moves all the while.</exception>
    public async Task RunAsync(long bornAt, int? from, CancellationToken cancellation)
    {
        var tip = await _chain.GetTipAsync(cancellation).ConfigureAwait(false);

        // A birthday after the tip is a wrong clock's: nothing is known then.
        var start = from ?? (bornAt > BirthdaySlack && bornAt <= tip.MedianTimePast
            ? await ChainTimes.FirstHeightAsync(_chain, bornAt - BirthdaySlack, cancellation).ConfigureAwait(false)
            : 0);
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await ReadAsync(start, tip, cancellation).ConfigureAwait(false))
            {
                var mempool = await _chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
                var now = await _chain.GetTipAsync(cancellation).ConfigureAwait(false);
                if (now.Id == tip.Id)
                {
                    foreach (var entry in mempool)
                    {
                        Look(entry.Transaction, null, tip.MedianTimePast);
                    }

                    return;
                }
            }

            // What is off the best chain by now is of no account: nothing of it is seen when the swap is driven.
            start = Math.Max(start, tip.Height - DeepestReorganisation);
            tip = await _chain.GetTipAsync(cancellation).ConfigureAwait(false);
        }

        throw new ChainUnavailableException("The sharechain moves faster than it can be read.");
    }

    private async Task<bool> ReadAsync(int start, ChainHead tip, CancellationToken cancellation)
    {
        for (var height = start; height <= tip.Height; height++)
        {
            if (await _chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false) is not { } id)
            {
                return false;
            }

            // Genesis has no body.
            if (await _chain.GetBlockAsync(id, cancellation).ConfigureAwait(false) is { } block)
            {
                foreach (var transaction in block.Transactions)
                {
                    Look(transaction, height, block.MedianTimePast);
                }
            }

            if (height % BlocksBetweenReports == 0 || height == tip.Height)
            {
                _progress?.Report(new RecoveryProgress(ChainKind.Sharechain, height, tip.Height, Swaps.Found.Length));
            }
        }

        return true;
    }

    private void Look(Transaction transaction, int? height, long time)
    {
        Swaps.Look(transaction, height, time);
        Addresses.Look(transaction);
    }
}
