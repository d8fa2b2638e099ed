namespace Market.Chains.Http;

/// <summary>How many requests of one client are at work at the same time, and how many of all. Safe for several threads.</summary>
/// <param name="mostOfClient">Of one client.</param>
/// <param name="most">Of all together, those whose client is not known among them.</param>
internal sealed class ClientPlaces(int mostOfClient, int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _clients = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Takes a place; whoever has one calls <see cref="Leave"/>.</summary>
    /// <param name="client">Whose it is; null where nobody knows.</param>
    /// <returns>False where there is none left.</returns>
    public bool TryEnter(string? client)
    {
        lock (_lock)
        {
            var own = client is null ? 0 : _clients.GetValueOrDefault(client);
            if (_all >= most || own >= mostOfClient)
            {
                return false;
            }

            _all++;
            if (client is not null)
            {
                _clients[client] = own + 1;
            }

            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(string? client)
    {
        lock (_lock)
        {
            _all--;
            if (client is not null && --_clients[client] == 0)
            {
                _clients.Remove(client);
            }
        }
    }
}
