namespace Market.Api.Doors.Clients;

/// <summary>Counts what clients hold of one kind, and gives no more than the table says. A tenth stays for clients who may
/// take all of it, so that strangers together do not shut this machine's operator out.</summary>
/// <param name="inAll">How many there are.</param>
/// <param name="each">How many one client may have.</param>
public sealed class ClientSlots(int inAll, Func<ClientAddress, int> each)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientAddress, int> _taken = [];
    private int _all;

    /// <summary>How many are taken now.</summary>
    public int Taken
    {
        get { lock (_gate) return _all; }
    }

    /// <summary>Takes one; null where the client or all together have as many as they may. Dispose it to give it back.</summary>
    public IDisposable? TryTake(ClientAddress client)
    {
        var cap = each(client);
        lock (_gate)
        {
            var own = _taken.GetValueOrDefault(client);
            if (own >= cap || _all >= (cap < inAll ? inAll - inAll / CapTable.Parts : inAll)) return null;
            _taken[client] = own + 1;
            _all++;
        }
        return new Slot(this, client);
    }

    private void Give(ClientAddress client)
    {
        lock (_gate)
        {
            _all--;
            if (--_taken[client] == 0) _taken.Remove(client);
        }
    }

    private sealed class Slot(ClientSlots slots, ClientAddress client) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) slots.Give(client);
        }
    }
}
