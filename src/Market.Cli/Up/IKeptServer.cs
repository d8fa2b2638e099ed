namespace Market.Cli.Up;

/// <summary>A running server, as far as whoever keeps it up needs to see it.</summary>
public interface IKeptServer : IAsyncDisposable
{
    /// <summary>Completes when the process has ended.</summary>
    Task Exited { get; }

    /// <summary>Whether it answers at all; that it refuses is an answer.</summary>
    /// <param name="patience">How long to wait for one.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<bool> AnswersAsync(TimeSpan patience, CancellationToken cancellation);

    /// <summary>Ends a server that is not well: asks it to, and ends it after a while.</summary>
    Task EndAsync();
}
