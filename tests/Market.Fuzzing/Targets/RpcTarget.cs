using System.Globalization;
using System.Text.Json;
using Market.Chains;
using Market.Chains.Rpc;

namespace Market.Fuzzing;

/// <summary>What a Bitcoin node answers over JSON-RPC, or whatever else stands at its address.</summary>
internal static class RpcTarget
{
    private static readonly Func<JsonElement, object>[] Readers =
    [
        value => value.Get("hex").Text(), value => value.Text(), value => value.Int(), value => value.UInt(), value => value.Long(),
        value => value.Hash(), value => value.Bytes(), value => value.Coins(), value => value.Transaction(),
        value => value.Find("x")?.Coins() ?? default, value => value.Bool(), value => value.Items().Sum(item => item.Int()),
        value => RpcTrouble.TroubleIn(value) ?? string.Empty,
    ];

    private static readonly byte[][] Pieces =
    [
        .. Words("{", "}", "[", "]", "null", "\"", "\\u0000", "\\ud800", "1e999", "-1", "0.00000001", "20999999.97690000"),
        .. Words("\"result\":", "\"error\":", "\"code\":", "\"message\":", "\"hex\":", "\"headers\":", "\"blocks\":"),
        .. Words("\"initialblockdownload\":", "\"r\\u0065sult\":"),
    ];

    public static FuzzTarget Answer { get; } = FuzzTarget.Of(
        "rpc-answer", "answers of JSON-RPC and every kind of value in them",
        new AllocationBound(64 * 1024, 128),
        (byte[] input, out ulong value, out int error) =>
        {
            (value, error) = (0, 1);
            try
            {
                using var document = JsonDocument.Parse(input);
                value = ReadAll(RpcConnection.ReadAnswer(document.RootElement));
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
            catch (RpcException refusal)
            {
                error = Shape.Mix(2, Math.Clamp(refusal.Code, -100, 100));
                return false;
            }
        },
        (_, kinds) => kinds,
        values => TextTargets.Bytes(Fresh(values)),
        Pieces);

    private static ulong ReadAll(JsonElement result)
    {
        var kinds = 0;
        for (var i = 0; i < Readers.Length; i++)
        {
            try
            {
                _ = Readers[i](result);
                kinds |= 1 << i;
            }
            catch (ChainUnavailableException)
            {
                // It says what the answer lacks.
            }
        }

        return Shape.Of(100, kinds, (int)result.ValueKind);
    }

    private static string Fresh(RandomValues values)
    {
        var value = values.Below(9) switch
        {
            0 => $"\"{values.Hash()}\"",
            1 => $"\"{values.Transaction().ToHex()}\"",
            2 => values.UInt32().ToString(CultureInfo.InvariantCulture),
            3 => string.Create(CultureInfo.InvariantCulture, $"{values.Below(20_999_999)}.{values.Below(100_000_000):D8}"),
            4 => $"{{\"hex\":\"{values.Transaction().ToHex()}\",\"x\":1e-8}}",
            5 => $"{{\"headers\":{values.Below(500)},\"blocks\":{values.Below(500)},\"initialblockdownload\":false}}",
            6 => values.OneOf("true", "false"),
            7 => $"[{string.Join(',', values.SomeBytes(8))}]",
            _ => "null",
        };
        return $"{{\"result\":{value},\"error\":null,\"id\":1}}";
    }

    private static byte[][] Words(params string[] words) => [.. words.Select(TextTargets.Bytes)];
}
