using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>How a share's transactions are taken back, and the coins it spent.</summary>
/// <param name="Spent">What its inputs spent, in order.</param>
/// <param name="FirstPlace">The first place in creation order that it took.</param>
/// <param name="Matured">Places of sharebase outputs that became mature with it.</param>
public sealed record ShareUndo(ImmutableArray<ShareCoin> Spent, int FirstPlace, ImmutableArray<int> Matured)
{
    /// <summary>What a window's row needs besides; null in others.</summary>
    public WindowUndo? Window { get; init; }

    /// <summary>What is no longer recent since that share; null where nothing fell out, and in rows that name no shares.</summary>
    public RecentShare? Forgotten { get; init; }

    /// <summary>What it changed of what is frozen; null in rows that do not redeem.</summary>
    public RedeemUndo? Redeem { get; init; }

    /// <summary>Late work that it registered.</summary>
    public int Registered { get; init; }

    /// <summary>What the directory had before it of those that it announces; empty where it announces nothing.</summary>
    public ImmutableArray<FormerMarket> Announced { get; init; } = [];

    private enum Part : byte
    {
        Window = 1,
        Forgotten = 2,
        Redeem = 3,
        Registered = 4,
        Announced = 5,
    }

    /// <summary>A new array of the undo data's bytes; what a row does not have takes none.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter();
        writer.Int32(FirstPlace);
        WriteCoins(writer, Spent);
        WritePlaces(writer, Matured);
        if (Window is { } window)
        {
            writer.Byte((byte)Part.Window).Int32(window.Start);
            WritePlaces(writer, window.SpentRoots);
            WriteCoins(writer, window.Expired);
            WritePlaces(writer, window.ExpiredRoots);
        }

        if (Forgotten is { } forgotten)
        {
            writer.Byte((byte)Part.Forgotten);
            forgotten.Write(writer);
        }

        if (Redeem is { } redeem)
        {
            writer.Byte((byte)Part.Redeem);
            FrozenOutput.WriteAll(writer, redeem.Frozen is { } frozen ? [frozen] : []);
            FrozenOutput.WriteAll(writer, redeem.Freed);
            FrozenOutput.WriteAll(writer, redeem.Destroyed);
            WriteCoins(writer, redeem.Coins);
        }

        if (Registered > 0)
        {
            writer.Byte((byte)Part.Registered).Int32(Registered);
        }

        if (!Announced.IsEmpty)
        {
            writer.Byte((byte)Part.Announced);
            FormerMarket.WriteAll(writer, Announced);
        }

        return writer.ToArray();
    }

    /// <summary>Reads undo data and nothing else; null where the bytes are something else.</summary>
    public static ShareUndo? Parse(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var first = reader.ReadInt32();
        var undo = new ShareUndo(ReadCoins(ref reader), first, ReadPlaces(ref reader));
        var last = (Part)0;
        var isEmpty = false;
        while (!reader.Failed && reader.Position < bytes.Length)
        {
            var part = (Part)reader.ReadByte();
            if (part <= last || part > Part.Announced)
            {
                return null;
            }

            last = part;
            undo = part switch
            {
                Part.Window => undo with
                {
                    Window = new WindowUndo(
                        reader.ReadInt32(), ReadPlaces(ref reader), ReadCoins(ref reader), ReadPlaces(ref reader)),
                },
                Part.Forgotten => undo with { Forgotten = RecentShare.Read(ref reader) },
                Part.Redeem => undo with
                {
                    Redeem = new RedeemUndo(
                        FrozenOutput.ReadAll(ref reader).FirstOrDefault(), FrozenOutput.ReadAll(ref reader),
                        FrozenOutput.ReadAll(ref reader), ReadCoins(ref reader)),
                },
                Part.Registered => undo with { Registered = reader.ReadInt32() },
                _ => undo with { Announced = FormerMarket.ReadAll(ref reader) },
            };
            isEmpty |= part switch
            {
                Part.Registered => undo.Registered <= 0,
                Part.Announced => undo.Announced.IsEmpty,
                _ => false,
            };
        }

        return reader.Failed || isEmpty ? null : undo;
    }

    private static void WriteCoins(ByteWriter writer, ImmutableArray<ShareCoin> coins)
    {
        writer.CompactSize((ulong)coins.Length);
        foreach (var coin in coins)
        {
            coin.Write(writer);
        }
    }

    private static void WritePlaces(ByteWriter writer, ImmutableArray<int> places)
    {
        writer.CompactSize((ulong)places.Length);
        foreach (var place in places)
        {
            writer.Int32(place);
        }
    }

    private static ImmutableArray<ShareCoin> ReadCoins(ref ByteReader reader)
    {
        var coins = new ShareCoin[reader.ReadCount(ShareCoin.LeastLength)];
        for (var i = 0; i < coins.Length; i++)
        {
            coins[i] = ShareCoin.Read(ref reader);
        }

        return [.. coins];
    }

    private static ImmutableArray<int> ReadPlaces(ref ByteReader reader)
    {
        var places = new int[reader.ReadCount(sizeof(int))];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = reader.ReadInt32();
        }

        return [.. places];
    }
}

/// <summary>What a share changed of a window.</summary>
/// <param name="Start">The lowest unexpired root height before it.</param>
/// <param name="SpentRoots">Root heights of the coins that it spent, in their order.</param>
/// <param name="Expired">Coins that expired with it, in creation order.</param>
/// <param name="ExpiredRoots">Their root heights.</param>
public sealed record WindowUndo(
    int Start, ImmutableArray<int> SpentRoots, ImmutableArray<ShareCoin> Expired, ImmutableArray<int> ExpiredRoots);
