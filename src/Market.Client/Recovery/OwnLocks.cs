using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Recovery;

/// <summary>
/// Finds the own locks of swaps that were found (law 3: what counts is what this wallet signed), and the coins that they spend, so
/// that none is locked a second time and each can be broadcast again.
/// </summary>
internal sealed class OwnLocks
{
    // Bitcoin addresses have no history to go by where their coins are spent: so many are known by heart.
    private const uint KnownByHeart = 1_000;
    private const int BlocksBetweenReports = 20;

    private readonly Wallet _wallet;
    private readonly AddressSearch _shareAddresses;
    private readonly AddressSearch _coinAddresses;
    private readonly Dictionary<Script, SeenLock> _locks = [];

    public OwnLocks(Wallet wallet)
    {
        _wallet = wallet;
        _shareAddresses = new AddressSearch(wallet.Keys, ChainKind.Sharechain, KnownByHeart);
        _coinAddresses = new AddressSearch(wallet.Keys, ChainKind.Mainchain, KnownByHeart);
    }

    /// <summary>The own lock of a swap; null where none is seen.</summary>
    public SeenLock? Of(FoundSwap swap) => _locks.GetValueOrDefault(swap.Terms.ContractOf(swap.Role).ScriptPubKey);

    /// <summary>Own sales: the lock is the very transaction that told of the swap, where this wallet signed it.</summary>
    public async Task FindSalesAsync(IEnumerable<FoundSwap> swaps, CancellationToken cancellation)
    {
        foreach (var swap in swaps.Where(swap => swap.Role == Role.Initiator))
        {
            var script = swap.Terms.ContractOf(Role.Initiator).ScriptPubKey;
            await TakeAsync(ChainKind.Sharechain, script, swap.Lock, swap.OutPoint, swap.Height,
                cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Own purchases: payments to the participant's contracts on the mainchain, in blocks and in the mempool.</summary>
    /// <param name="swaps">What was found.</param>
    /// <param name="from">The height before which there is none.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task FindPurchasesAsync(
        IReadOnlyCollection<FoundSwap> swaps, int from, IProgress<RecoveryProgress>? progress, CancellationToken cancellation)
    {
        var wanted = swaps.Where(swap => swap.Role == Role.Participant)
            .Select(swap => swap.Terms.ContractOf(Role.Participant).FundingOutput(swap.Annotation.ParticipantAmount))
            .ToHashSet();
        if (wanted.Count == 0)
        {
            return;
        }

        var chain = _wallet.On(ChainKind.Mainchain);
        var tip = await chain.GetTipAsync(cancellation).ConfigureAwait(false);
        for (var height = from; height <= tip.Height; height++)
        {
            if (await chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false) is { } id
                && await chain.GetBlockAsync(id, cancellation).ConfigureAwait(false) is { } block)
            {
                foreach (var transaction in block.Transactions)
                {
                    await LookAsync(transaction, height, wanted, cancellation).ConfigureAwait(false);
                }
            }

            if (height % BlocksBetweenReports == 0 || height == tip.Height)
            {
                progress?.Report(new RecoveryProgress(ChainKind.Mainchain, height, tip.Height, swaps.Count));
            }
        }

        foreach (var entry in await chain.GetMempoolAsync(cancellation).ConfigureAwait(false))
        {
            await LookAsync(entry.Transaction, null, wanted, cancellation).ConfigureAwait(false);
        }

        _coinAddresses.Apply(_wallet.File);
    }

    private async Task LookAsync(
        Transaction transaction, int? height, HashSet<TxOut> wanted, CancellationToken cancellation)
    {
        _coinAddresses.Look(transaction);
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            if (wanted.Contains(transaction.Outputs[i]))
            {
                await TakeAsync(
                    ChainKind.Mainchain, transaction.Outputs[i].ScriptPubKey, transaction,
                        new OutPoint(transaction.Id, (uint)i), height,
                    cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeAsync(
        ChainKind chain, Script contract, Transaction transaction, OutPoint outPoint, int? height, CancellationToken cancellation)
    {
        var addresses = chain == ChainKind.Mainchain ? _coinAddresses : _shareAddresses;
        if (_locks.ContainsKey(contract) || transaction.IsCoinbase
            || !transaction.Inputs.All(input => SignerOf(input) is { } script && addresses.Look(script)))
        {
            return;
        }

        // A witness of the wallet's form anybody can write: what counts is whose coins it spends. In a block that may be unknown.
        var spends = await SpendsAsync(_wallet.On(chain), transaction, cancellation).ConfigureAwait(false);
        if (spends.IsEmpty ? height is null : !spends.All(coin => addresses.Look(coin.Script)))
        {
            return;
        }

        _locks[contract] = new SeenLock(transaction, outPoint, height, spends);
    }

    private static Script? SignerOf(TxIn input) =>
        input.Witness.Items is [_, { Length: 33 } key] && PublicKey.TryParse(key.Span, out var parsed)
            ? Script.P2wpkh(parsed)
            : null;

    // A source without an index of transactions cannot tell: the lock is then watched and taken back, and not raised.
    private static async Task<ImmutableArray<SpentCoin>> SpendsAsync(
        IChain chain, Transaction transaction, CancellationToken cancellation)
    {
        var coins = ImmutableArray.CreateBuilder<SpentCoin>();
        foreach (var input in transaction.Inputs)
        {
            var before = await chain.FindTransactionAsync(input.PreviousOutput.TxId, cancellation).ConfigureAwait(false);
            if (before is null || input.PreviousOutput.Index >= before.Transaction.Outputs.Length)
            {
                return [];
            }

            var output = before.Transaction.Outputs[(int)input.PreviousOutput.Index];
            coins.Add(new SpentCoin(input.PreviousOutput, output.Value, output.ScriptPubKey));
        }

        return coins.ToImmutable();
    }
}
