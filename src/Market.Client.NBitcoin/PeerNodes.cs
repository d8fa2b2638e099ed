using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>The library's connections.</summary>
internal static class PeerNodes
{
    /// <summary>
    /// Lets go of a node, whose threads end only so. Not waited for: the library joins its threads, and one of them may sit in
    /// what a stranger sends.
    /// </summary>
    /// <param name="node">The connection; null where there is none.</param>
    public static void Close(P2P.Node? node)
    {
        if (node is null)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            node.DisconnectAsync();
            node.Dispose();
        });
    }
}
