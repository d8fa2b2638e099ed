using Market.Client.Api;

namespace Market.Client.Orders;

/// <summary>Asks again where an answer was lost: for calls that may be made twice with the effect of one.</summary>
internal static class LostAnswers
{
    private const int MostTries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Calls until there is an answer, five times at most.</summary>
    /// <param name="call">The call.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="lost">Told of each answer that was lost before the last.</param>
    /// <returns>What the call returns.</returns>
    /// <exception cref="AnswerLostException">Five answers were lost.</exception>
    public static async Task<T> RepeatAsync<T>(
        Func<Task<T>> call, TimeProvider clock, CancellationToken cancellation, Action? lost = null)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (AnswerLostException) when (tries < MostTries)
            {
                lost?.Invoke();
                await Task.Delay(Pause, clock, cancellation).ConfigureAwait(false);
            }
        }
    }
}
