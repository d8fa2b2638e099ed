using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

/// <summary>A mainchain that this process validates by itself.</summary>
public class MainchainNode : ChainNode<Block>, IMainchain
{
    private const int Version = 0x20000000;

    // For the largest coinbase that any payout rule makes: 20 kB, of outputs that cost four each.
    private const int ReservedWeight = 84_000;
    private const int ReservedSigOps = 2_400;

    private readonly MainParameters _parameters;
    private readonly LedgerRules _rules;

    /// <summary>Opens a chain from its store.</summary>
    /// <param name="parameters">Which chain.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with this.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="limits">Bounds of the mempool.</param>
    public MainchainNode(
        MainParameters parameters, IScriptRules scripts, IBlockStore store, TimeProvider clock,
        MempoolLimits? limits = null)
        : base(new MainCore(parameters, scripts, store), clock, limits ?? new MempoolLimits())
    {
        _parameters = parameters;
        _rules = parameters.Rules(scripts);
    }

    /// <summary>Which chain.</summary>
    public MainParameters Parameters => _parameters;

    /// <inheritdoc/>
    public override ChainKind Kind => ChainKind.Mainchain;

    /// <inheritdoc/>
    public override string Name => _parameters.Name;

    /// <inheritdoc/>
    public override Network Network => _parameters.Network;

    /// <summary>Hash of all unspent outputs at the tip: equal sets have equal hashes.</summary>
    public Hash256 StateHash() => Ask(core => core.StateHash());

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Ask(core => core.Header(id.Value)));

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Ask(core => core.IdAt(height) is { } id ? core.Header(id) : null));

    /// <inheritdoc/>
    public ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        ReadBodyAsync(id.Value, cancellation);

    /// <inheritdoc/>
    public virtual ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(BuildTemplate());

    /// <inheritdoc/>
    public virtual ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
        TakeAsync(block, false, cancellation);

    /// <summary>Checks, stores and follows a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    /// <param name="cancellation">Stops waiting.</param>
    private protected async ValueTask<SubmitResult> TakeAsync(Block block, bool isWeighed, CancellationToken cancellation)
    {
        var result = await SubmitBlockAsync(block, isWeighed, cancellation).ConfigureAwait(false);
        var isBest = result.Code != SubmitCode.Duplicate || Read(core => core.IsBest(block.Id.Value));
        return new SubmitResult(block.Id.Value, isBest ? result.Code : SubmitCode.SideChain, result.Detail);
    }

    /// <summary>Asks the mainchain's own core; see <see cref="ChainNode{TBlock}"/>.</summary>
    private protected T Ask<T>(Func<MainCore, T> ask) => Read(core => ask((MainCore)core));

    private protected CompactTarget NextBits => _parameters.Genesis.Header.Bits;

    private protected MainTemplate BuildTemplate()
    {
        var (head, chosen, fees) = Read(core =>
        {
            var transactions = Choose(
                core.NextContext, _rules, new BlockRoom(ReservedWeight, ReservedSigOps, int.MaxValue), out var sum);
            return (core.Head, transactions, sum);
        });
        return Template(head, NextBits, chosen, fees);
    }

    private MainTemplate Template(
        ChainHead head, CompactTarget bits, ImmutableArray<Transaction> transactions, Amount fees)
    {
        var subsidy = _rules.Issuance.At(head.Height + 1);
        var commitment = BlockChecks.WitnessCommitment([Blank, .. transactions], Hash256.Zero);
        var least = head.MedianTimePast + 1;
        return new MainTemplate(
            new BlockId(head.Id),
            head.Height + 1,
            Version,
            bits,
            (uint)Math.Max(Now, least),
            least,
            subsidy,
            subsidy + fees,
            transactions,
            BlockChecks.WitnessCommitmentScript(commitment));
    }

    // Stands for the coinbase, whose place in the witness tree is zeros whatever it holds.
    private static Transaction Blank { get; } = new(1, [], [], 0);
}
