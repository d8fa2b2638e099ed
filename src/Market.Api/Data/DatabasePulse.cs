using Market.Api.Results;
using Npgsql;

namespace Market.Api.Data;

/// <summary>Whether the database answers. Every page says so: it is asked once for all who ask within a second.</summary>
public sealed class DatabasePulse(NpgsqlDataSource database, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SharedAnswer<bool> _answer = new(Freshness, clock);

    /// <summary>Whether it answers, or did a moment ago.</summary>
    public Task<bool> AnswersAsync(CancellationToken cancel) => _answer.AskAsync(AskAsync).WaitAsync(cancel);

    private async Task<bool> AskAsync()
    {
        using var late = new CancellationTokenSource(Patience, clock);
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(late.Token);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            return false;
        }
    }
}
