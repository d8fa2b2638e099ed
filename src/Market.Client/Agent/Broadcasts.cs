using System.Globalization;
using Market.Bitcoin;
using Market.Chains;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// Broadcasts by every source of a chain, within a bounded time, and records every answer: a line each in a bounded file, so that
/// what a node said can be held against it.
/// </summary>
/// <param name="path">The record; null keeps none.</param>
/// <param name="patience">The longest that a broadcast may take.</param>
/// <param name="time">The clock.</param>
internal sealed class Broadcasts(string? path, TimeSpan patience, TimeProvider time)
{
    private const long MostBytes = 4 * 1024 * 1024;
    private const int MostDetail = 300;

    /// <summary>Offers a transaction. No answer in time, or a broken one, is no answer: the transaction may be anywhere.</summary>
    public async Task<(SendOutcome Outcome, string Detail)> SendAsync(
        IChain chain, Transaction transaction, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, patience, Timeout.InfiniteTimeSpan);
        (SendOutcome, string) answer;
        try
        {
            var result = await chain.BroadcastAsync(transaction, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
            answer = (OutcomeOf(result), Bounded(result.Detail));
            foreach (var each in result.Answers)
            {
                Record(chain, transaction.Id, "by", Bounded(each.ToString()));
            }
        }
        catch (ChainUnavailableException e)
        {
            answer = (SendOutcome.Unanswered, Bounded(e.Message));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            answer = (SendOutcome.Unanswered, "No answer in time.");
        }

        Record(chain, transaction.Id, answer.Item1.ToString(), answer.Item2);
        return answer;
    }

    /// <summary>What an answer means to the core. A refusal beside a source that said nothing is no last word, but a fee that one
    /// found too low is raised all the same.</summary>
    public static SendOutcome OutcomeOf(BroadcastResult result) => OutcomeOf(result.Code) switch
    {
        SendOutcome.Taken => SendOutcome.Taken,
        SendOutcome.TooCheap => SendOutcome.TooCheap,
        _ when result.IsUncertain => SendOutcome.Unanswered,
        var refused => refused,
    };

    private static SendOutcome OutcomeOf(BroadcastCode code) => code switch
    {
        BroadcastCode.Accepted or BroadcastCode.AlreadyInMempool or BroadcastCode.AlreadyConfirmed => SendOutcome.Taken,
        BroadcastCode.FeeTooLow or BroadcastCode.ReplacementTooCheap or BroadcastCode.MempoolFull => SendOutcome.TooCheap,
        BroadcastCode.Conflict => SendOutcome.Conflicts,
        BroadcastCode.MissingInputs => SendOutcome.MissingInputs,
        BroadcastCode.NotFinal => SendOutcome.NotFinal,
        _ => SendOutcome.Refused,
    };

    private static string Bounded(string text) => text.Length <= MostDetail ? text : text[..MostDetail];

    private void Record(IChain chain, TxId id, string outcome, string detail)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            if (File.Exists(path) && new FileInfo(path).Length > MostBytes)
            {
                File.Move(path, path + ".1", overwrite: true);
            }

            var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            File.AppendAllText(path, $"{now} {chain.Kind} {id} {outcome} {detail.ReplaceLineEndings(" ")}\n");
        }
        catch (IOException)
        {
            // A record of what was said; nothing depends on it.
        }
    }
}
