using MessagePack;
using MessagePack.Formatters;

namespace Market.Contracts;

/// <summary>
/// The wire in MessagePack: every value as the tree that its JSON is (<see cref="MarketJson"/>), with the same members, the same
/// strings for decimals, times and words of closed sets, and absent members left out. What is read is turned into JSON first, and
/// read by the same rules. A program that has the one has the other.
/// </summary>
public static class JsonTree
{
    /// <summary>For SignalR's MessagePack protocol, at both ends.</summary>
    public static MessagePackSerializerOptions Options { get; } =
        new MessagePackSerializerOptions(new Resolver()).WithSecurity(MessagePackSecurity.UntrustedData);

    private sealed class Resolver : IFormatterResolver
    {
        public IMessagePackFormatter<T>? GetFormatter<T>() => Of<T>.Formatter;

        private static class Of<T>
        {
            public static readonly JsonTreeFormatter<T> Formatter = new();
        }
    }
}
