using Market.Chains;
using Market.Client.Agent;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Recovery;

/// <summary>
/// Makes an agent's journal whole from the seed and the chains: finds its swaps, has them driven, makes locks void that may
/// have been handed out and forgotten, and only then lets the counter of secrets go on. Taken step by step: a crash anywhere
/// begins it anew. A journal that seems whole is looked after as well, from the last swap that it knows: it may be a copy of
/// one that went on elsewhere.
/// </summary>
/// <param name="wallet">Keys, file and both chains.</param>
/// <param name="journal">The journal.</param>
/// <param name="network">The network's name.</param>
/// <param name="bornAt">When the seed was made, Unix seconds; 0 where that is not known.</param>
/// <param name="say">Is told what goes on.</param>
public sealed class AgentRecovery(
    Wallet wallet, SwapJournal journal, string network, long bornAt, Action<AgentNotice> say)
{
    private readonly bool _seemsWhole = journal.Doubt();
    private readonly uint _next = journal.Next;
    private RecoveredSwaps? _found;
    private CoinSweep? _sweep;
    private string? _said;

    /// <summary>What was found; null before the search is over.</summary>
    public RecoveredSwaps? Found => _found;

    /// <summary>Goes on. Returns where something is waited for that the chains must show.</summary>
    /// <param name="agent">Whose journal it is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ChainUnavailableException">A chain does not answer.</exception>
    public async Task StepAsync(SwapAgent agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);

        // A chain that is only half there would hide what it lacks, and a secret could be used twice.
        if (_found is null && agent.WhyStale is { } stale)
        {
            if (!_seemsWhole)
            {
                Say($"Swaps of this wallet's seed are looked for once both chains are there: {stale}");
            }

            return;
        }

        await SearchAsync(cancellation).ConfigureAwait(false);
        await agent.AdoptAsync(_found!.Swaps, cancellation).ConfigureAwait(false);
        if (!_found.Unsure.IsEmpty && agent.Swaps.Any(SwapRecovery.IsUnsure))
        {
            var rules = TradedInstrument.RulesOf(network, wallet.On(ChainKind.Sharechain));
            _sweep ??= new CoinSweep(wallet, ChainKind.Mainchain, SwapPlan.Of(rules).ParticipantBuried);
            Say("A lock of a purchase may have been handed out before, and is not on the chain: the wallet's bitcoin is moved "
                + "to a new address of its own, so that such a lock can confirm no more.");
            if (!await _sweep.StepAsync(cancellation).ConfigureAwait(false))
            {
                if (_sweep.Trouble is { } trouble)
                {
                    Say(trouble);
                }

                return;
            }
        }

        journal.Complete(IsNews(_found) ? _found.NextIndex : _next);
    }

    /// <summary>Searches the chains, once, and does nothing else.</summary>
    /// <exception cref="ChainUnavailableException">A chain does not answer.</exception>
    public async Task<RecoveredSwaps> SearchAsync(CancellationToken cancellation) =>
        _found ??= await FindAsync(cancellation).ConfigureAwait(false);

    private async Task<RecoveredSwaps> FindAsync(CancellationToken cancellation)
    {
        if (_seemsWhole)
        {
            int? from = journal.Swaps.Count > 0 ? journal.Swaps.Max(swap => swap.ShareHeight) : null;
            var since = await SwapRecovery.FindAsync(wallet, network, bornAt, from, null, cancellation).ConfigureAwait(false);
            if (IsNews(since))
            {
                Say("The journal of swaps is older than the chains: this wallet went on elsewhere. " + Words(since));
            }

            return since;
        }

        Say("The journal of swaps is not whole: the chains are searched for what this wallet's seed has in swaps.");
        var found = await SwapRecovery.FindAsync(wallet, network, bornAt, null, new Reports(Say), cancellation)
            .ConfigureAwait(false);
        Say(Words(found));
        return found;
    }

    /// <summary>True where numbers were used that the journal does not know: then more may have been given out.</summary>
    private bool IsNews(RecoveredSwaps found) => !_seemsWhole || found.Highest >= _next;

    /// <summary>What a search came to, for people.</summary>
    internal static string Words(RecoveredSwaps found) => (found.Swaps.Length, found.Over) switch
    {
        (0, 0) => "No swap of this seed is on the chains.",
        (0, var over) => $"Swaps of this seed found on the chains: {over}, all over.",
        (var live, var over) => $"Swaps of this seed found on the chains: {live} to look after, {over} over.",
    };

    /// <summary>A chain's name in a sentence.</summary>
    internal static string NameOf(ChainKind chain) => chain == ChainKind.Mainchain ? "mainchain" : "sharechain";

    // Each sentence once: a step comes every second.
    private void Say(string text)
    {
        if (_said != text)
        {
            _said = text;
            say(new AgentNotice(AgentSayingKind.Opened, null, text));
        }
    }

    private sealed class Reports(Action<string> say) : IProgress<RecoveryProgress>
    {
        public void Report(RecoveryProgress value) => say(
            $"Searching the {NameOf(value.Chain)}: block {value.Height} of {value.Tip}.");
    }
}
