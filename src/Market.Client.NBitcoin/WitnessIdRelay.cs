using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>
/// Agrees with a peer, between its greeting and the answer to it, that transactions are called by the hash of their witness too
/// (BIP339): then a copy with another witness is another transaction, and cannot be taken for the one that was announced.
/// </summary>
internal sealed class WitnessIdRelay : P2P.Filters.INodeFilter
{
    private const uint FirstVersion = 70_016;
    private const string Command = "wtxidrelay";
    private volatile bool _said;
    private volatile bool _heard;

    /// <summary>True where both said so.</summary>
    public bool IsAgreed => _said && _heard;

    /// <inheritdoc/>
    public void OnReceivingMessage(P2P.IncomingMessage message, Action next)
    {
        var payload = message.Message.Payload;
        if (payload is P2P.VersionPayload { Version: >= FirstVersion } && !_said)
        {
            // Queued before the library answers the greeting.
            _said = true;
            _ = message.Node.SendMessageAsync(new P2P.WTxIdRelayPayload());
        }

        _heard |= payload.Command == Command;
        next();
    }

    /// <inheritdoc/>
    public void OnSendingMessage(P2P.Node node, P2P.Payload payload, Action next) => next();
}
