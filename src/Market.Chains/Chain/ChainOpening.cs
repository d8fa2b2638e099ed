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
}
