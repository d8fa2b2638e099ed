using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>
/// Holds back what a peer says until it is listened to. The library reads from the moment of the connection, and listens for the
/// greeting only from just before its own goes out: what a peer that greets first says before that would be heard by nobody.
/// </summary>
internal sealed class GreetingGate : P2P.Filters.INodeFilter
{
    private readonly object _turn = new();
    private bool _isOpen;

    /// <summary>Lets everything through, for good.</summary>
    public void Open()
    {
        lock (_turn)
        {
            _isOpen = true;
            Monitor.PulseAll(_turn);
        }
    }

    /// <summary>Waits on the connection's own reading thread, so that no more is read than the socket holds.</summary>
    public void OnReceivingMessage(P2P.IncomingMessage message, Action next)
    {
        lock (_turn)
        {
            while (!_isOpen)
            {
                Monitor.Wait(_turn);
            }
        }

        next();
    }

    /// <summary>The library's own greeting is sent once it listens.</summary>
    public void OnSendingMessage(P2P.Node node, P2P.Payload payload, Action next)
    {
        if (payload is P2P.VersionPayload)
        {
            Open();
        }

        next();
    }

    /// <summary>Puts filters before a connection from its first byte on: those that are added later miss what came
    /// meanwhile.</summary>
    internal sealed class FromTheStart(params P2P.Filters.INodeFilter[] filters) : P2P.Behaviors.NodeBehavior
    {
        /// <inheritdoc/>
        public override object Clone() => new FromTheStart(filters);

        /// <inheritdoc/>
        protected override void AttachCore()
        {
            foreach (var filter in filters)
            {
                AttachedNode.Filters.Add(filter);
            }
        }

        /// <inheritdoc/>
        protected override void DetachCore()
        {
            foreach (var filter in filters)
            {
                AttachedNode.Filters.Remove(filter);
            }
        }
    }
}
