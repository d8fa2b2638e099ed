namespace Market.Chains;

/// <summary>Listening to a chain for as long as a program runs, written once.</summary>
public static class ChainListening
{
    /// <summary>Tells of everything that a chain tells, and begins again where it ends or fails.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="listening">In what it runs; it is well after each thing heard.</param>
    /// <param name="told">Told of each. Return quickly.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <param name="begun">Told each time that it listens: what happened before was not heard. Return quickly.</param>
    public static Task ListenAsync(
        this IChain chain, Supervised listening, Action<ChainEvent> told, CancellationToken stop, Action? begun = null)
    {
        ArgumentNullException.ThrowIfNull(listening);
        return listening.RunAsync(
            async cancel =>
            {
                var events = chain.SubscribeAsync(cancel);
                begun?.Invoke();
                await foreach (var happened in events.ConfigureAwait(false))
                {
                    listening.IsWell();
                    told(happened);
                }
            },
            stop);
    }

    /// <summary>As the other, told only where work on the chain's tip may be worth nothing any more.</summary>
    public static Task ListenForTipsAsync(
        this IChain chain, Supervised listening, Action told, CancellationToken stop, Action? begun = null) =>
        chain.ListenAsync(
            listening,
            happened =>
            {
                if (happened is ChainEvent.TipChanged or ChainEvent.Gap)
                {
                    told();
                }
            },
            stop,
            begun);
}
