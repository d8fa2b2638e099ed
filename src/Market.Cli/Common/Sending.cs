using Market.Bitcoin;
using Market.Chains;

namespace Market.Cli.Common;

/// <summary>Sends a transaction, or says why it was not taken.</summary>
internal static class Sending
{
    /// <summary>Hands a transaction to a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="transaction">Signed.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CliException">"not-sent": the network did not take it.</exception>
    public static async Task SendAsync(this IChain chain, Transaction transaction, CancellationToken cancellation)
    {
        var result = await chain.BroadcastAsync(transaction, cancellation);
        if (!result.IsSuccess)
        {
            throw new CliException("not-sent", $"The network did not take the transaction: {result.Code} {result.Detail}");
        }
    }
}
