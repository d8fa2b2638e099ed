using Market.Api.Journal;
using Market.Chains;

namespace Market.Api.Backing;

/// <summary>
/// Fails closed: while a chain does not answer there are no new orders and matches, and the instrument says so. Cancels and
/// swaps go on.
/// </summary>
public sealed class ChainGate(BackingChains chains, Sequencer sequencer, TimeProvider clock)
    : BackgroundService
{
    /// <summary>Answers a chain may miss in a row.</summary>
    public const int MostMissed = 3;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var missed = chains.All.ToDictionary(c => c.Kind, _ => 0);
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var chain in chains.All)
                missed[chain.Kind] = await AnswersAsync(chain, stoppingToken) ? 0 : missed[chain.Kind] + 1;
            var down = missed.Where(m => m.Value >= MostMissed).Select(m => $"The node of the {m.Key} does not answer.")
                .FirstOrDefault();
            var well = missed.Values.All(m => m == 0);
            if (sequencer.State == SequencerState.Running
                && ((down is not null && !sequencer.IsHalted) || (well && sequencer.IsHalted)))
                await sequencer.HaltAsync(down, stoppingToken);
            await Task.Delay(Pace, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> AnswersAsync(IChain chain, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await chain.GetTipAsync(patience.Token);
            return true;
        }
        catch (Exception e) when (e is ChainUnavailableException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
    }
}
