using System.Text.Json;
using Market.Client.Files;
using Market.Swaps;

namespace Market.Client.Agent;

/// <summary>
/// The agent's journal: a file for each swap, written whole and flushed to disk before anything that it names is
/// broadcast.
/// </summary>
public sealed class SwapStore
{
    private readonly string _folder;

    /// <summary>A journal in a folder, which is made.</summary>
    public SwapStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Reads every swap.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read; the message names it.</exception>
    public IReadOnlyList<AgentSwap> Load()
    {
        var swaps = new List<AgentSwap>();
        foreach (var path in Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                swaps.Add(JsonSerializer.Deserialize<AgentSwap>(File.ReadAllBytes(path), SwapJson.Options)!);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path} cannot be read: {e.Message} Restore it before going on.", e);
            }
        }

        return swaps;
    }

    /// <summary>Writes a swap; on return it is on disk.</summary>
    public void Save(AgentSwap swap) =>
        DurableFile.WriteWhole(PathOf(swap.Id), JsonSerializer.SerializeToUtf8Bytes(swap, SwapJson.Options));

    /// <summary>Ids are plain: the agent takes on no other.</summary>
    private string PathOf(string id) => Path.Combine(_folder, id + ".json");
}
