using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Chains.Rpc;

namespace Market.Chains;

/// <summary>What whoever opens both chains opens them with: the server as well as an agent.</summary>
public static class ChainOpening
{
    /// <summary>Consensus script rules that use every core and remember the signatures they verified.</summary>
    public static InterpreterRules Scripts() => new(
        cache: new SignatureCache(RandomNumberGenerator.GetBytes(Hash256.Length)), maxThreads: Environment.ProcessorCount);

    /// <summary>Connects to a Bitcoin node and makes sure that it is of the network that is meant.</summary>
    /// <param name="options">Where the node is.</param>
    /// <param name="network">The network that is meant.</param>
    /// <param name="mismatch">What to throw where the node names another network: it is passed that name.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ChainUnavailableException">The node does not answer.</exception>
    public static async Task<RpcMainchain> ConnectAsync(
        RpcOptions options, string network, Func<string, Exception> mismatch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mismatch);
        var node = await RpcMainchain.ConnectAsync(options, cancellation).ConfigureAwait(false);
        if (node.Name == network)
        {
            return node;
        }

        await node.DisposeAsync().ConfigureAwait(false);
        throw mismatch(node.Name);
    }

    /// <summary>Why a node's signet is not the one that is meant, in words; null where it is, or where the node does not
    /// say.</summary>
    /// <param name="told">What the node says that its blocks have to satisfy.</param>
    /// <param name="meant">What was named; null for the public signet.</param>
    public static string? WhyNotThisSignet(SignetChallenge? told, SignetChallenge? meant) =>
        told is null || told == (meant ?? SignetChallenge.Public) ? null
        : meant is null ? $"The node runs a signet of its own, with the challenge {told}, and the public one is meant "
            + $"unless another is named: --signet-challenge {told}."
        : $"The node's signet has the challenge {told}, and --signet-challenge names {meant}: name the node's.";
}
